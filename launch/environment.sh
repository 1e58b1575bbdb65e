# shellcheck shell=bash
# Sourced by the scripts beside it: a virtual environment in .venv that follows the requirements.

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$REPOSITORY/.venv
VENV_PYTHON=$VENV/bin/python

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
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
  "$python" -m venv "$VENV" || die "$python could not create $VENV"
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
  "$VENV_PYTHON" -m pip install --quiet --disable-pip-version-check "$@" ||
    die "pip install $* failed"
}

# prepare FILE: enters the repository and installs FILE and the package, if anything changed.
prepare() {
  local requirements=$1 stamp=$VENV/.installed-$1 wanted
  cd "$REPOSITORY" || die "cannot enter $REPOSITORY"
  create_venv
  recent_enough "$VENV_PYTHON" || die "$VENV is older than Python 3.11; remove it and run again"
  wanted=$(fingerprint)
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  echo "Installing $requirements into $VENV"
  pip_install -r "$requirements"
  pip_install --no-deps -e .
  echo "$wanted" >"$stamp"
}
