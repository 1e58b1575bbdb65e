# shellcheck shell=bash
# Sourced by the scripts beside it: a virtual environment in .venv that follows the requirements.

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$REPOSITORY/.venv
VENV_PYTHON=$VENV/bin/python

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# run COMMAND [ARGUMENT...]: runs it; where DRY_RUN is set, only prints it.
run() {
  local quoted
  if [[ -n ${DRY_RUN:-} ]]; then
    printf -v quoted '%q ' "$@"
    echo "${quoted% }"
  else
    "$@"
  fi
}

# Relative to the caller's directory, for scripts that move elsewhere.
absolute() {
  case $1 in
    /* | *://*) echo "$1" ;;
    *) echo "$PWD/$1" ;;
  esac
}

# Runs the interpreter rather than looking for it: a version manager's shim may exist and yet fail.
recent_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local candidate
  if [[ -n ${PYTHON:-} ]]; then
    recent_enough "$PYTHON" || die "PYTHON=$PYTHON does not run or is older than Python 3.11"
    echo "$PYTHON"
    return
  fi
  for candidate in python3.12 python3.11 python3; do
    if recent_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  die "found no Python >= 3.11; install one or name it in PYTHON"
}

# An interrupted creation leaves an interpreter without pip; venv run again completes it.
create_venv() {
  local python
  "$VENV_PYTHON" -m pip --version >/dev/null 2>&1 && return
  python=$(find_python)
  run "$python" -m venv "$VENV" || die "$python could not create $VENV"
}

fingerprint() {
  "$VENV_PYTHON" - requirements*.txt pyproject.toml <<'PYTHON'
import hashlib
import pathlib
import sys

digest = hashlib.sha256(sys.version.encode())
for name in sys.argv[1:]:
    digest.update(pathlib.Path(name).read_bytes())
print(digest.hexdigest())
PYTHON
}

pip_install() {
  run "$VENV_PYTHON" -m pip install --quiet --disable-pip-version-check "$@" ||
    die "pip install $* failed"
}

# prepare FILE [PACKAGE]: enters the repository and installs FILE, PACKAGE (within the versions that
# FILE allows) and the repository itself, if anything changed.
prepare() {
  local stamp=$VENV/.installed-$1${2:+-$2} wanted=
  cd "$REPOSITORY" || die "cannot enter $REPOSITORY"
  create_venv
  if [[ -z ${DRY_RUN:-} ]]; then
    recent_enough "$VENV_PYTHON" || die "$VENV is older than Python 3.11; remove it and run again"
    wanted=$(fingerprint)
    [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
    echo "Installing $* into $VENV"
  fi
  pip_install -r "$@"
  pip_install --no-deps -e .
  [[ -n ${DRY_RUN:-} ]] || echo "$wanted" >"$stamp"
}
