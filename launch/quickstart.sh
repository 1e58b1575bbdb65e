#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=launch/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() {
  cat <<'USAGE'
Usage: launch/quickstart.sh [WORKDIR]

Trains the quickstart configuration on the embedded data set, evaluates it on the test split and
writes a report. Sets up .venv in the repository first; running it again continues in WORKDIR.

  WORKDIR   where checkpoints and the report go (default: runs/quickstart in the repository)

Environment:
  PYTHON    interpreter (>= 3.11) to create .venv with
USAGE
}

# Relative to the caller's directory, since the script itself moves to the repository.
absolute() {
  case $1 in
    /* | *://*) echo "$1" ;;
    *) echo "$PWD/$1" ;;
  esac
}

main() {
  local workdir
  case ${1:-} in
    -h | --help) usage; return ;;
    -*) die "unknown option $1, see --help" ;;
  esac
  (($# <= 1)) || die "expected at most one argument, see --help"
  workdir=$(absolute "${1:-$REPOSITORY/runs/quickstart}")
  prepare requirements.txt
  "$VENV_PYTHON" -m unimr_jax train --config=configs/quickstart.py --workdir="$workdir"
  "$VENV_PYTHON" -m unimr_jax evaluate --workdir="$workdir" --split=test
  echo "Report: $workdir/report/index.html"
}

main "$@"
