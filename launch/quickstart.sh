#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=launch/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() {
  cat <<'USAGE'
Usage: launch/quickstart.sh [--dry-run] [WORKDIR]

Trains the quickstart configuration on the embedded data set, evaluates it on the test split and
writes a report. Sets up .venv in the repository first; running it again continues in WORKDIR.

  --dry-run   only print the commands
  WORKDIR     where checkpoints and the report go (default: runs/quickstart in the repository)

Environment:
  PYTHON    interpreter (>= 3.11) to create .venv with
USAGE
}

main() {
  local argument workdir='' flags=(--split=test)
  for argument in "$@"; do
    case $argument in
      -h | --help) usage; return ;;
      --dry-run) flags+=("$argument") ;;
      -*) die "unknown option $argument, see --help" ;;
      *)
        [[ -z $workdir ]] || die "expected at most one argument, see --help"
        workdir=$(absolute "$argument")
        ;;
    esac
  done
  exec "$REPOSITORY/launch/local.sh" "--config=$REPOSITORY/configs/quickstart.py" \
    "--workdir=${workdir:-$REPOSITORY/runs/quickstart}" "${flags[@]}"
}

main "$@"
