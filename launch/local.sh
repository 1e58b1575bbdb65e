#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=launch/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() {
  cat <<'USAGE'
Usage: launch/local.sh --config=FILE[:VARIANT] --workdir=DIR [FLAG...]

Trains a configuration on this machine, evaluates it and writes a report. Sets up .venv in the
repository first; the same command goes on where it stopped.

  --config=FILE[:VARIANT]   what to train, such as configs/quickstart.py
  --workdir=DIR             where checkpoints and the report go
  --split=NAME              to evaluate on (default: as the config says)
  --dry-run                 only print the commands
  FLAG                      of `train`: --stages=text,nlu, --config.seed=1, …

Environment:
  PYTHON    interpreter (>= 3.11) to create .venv with
USAGE
}

main() {
  local argument config='' workdir='' train=(train) evaluate=(evaluate)
  for argument in "$@"; do
    case $argument in
      -h | --help) usage; return ;;
      --dry-run) DRY_RUN=1 ;;
      --config=*) config=$argument train+=("$argument") ;;
      --workdir=*) workdir=$argument train+=("$argument") evaluate+=("$argument") ;;
      --split=*) evaluate+=("$argument") ;;
      --*) train+=("$argument") ;;
      *) die "$argument: expected --FLAG=VALUE, see --help" ;;
    esac
  done
  [[ -n $config ]] || die "--config=FILE is missing, see --help"
  [[ -n $workdir ]] || die "--workdir=DIR is missing, see --help"
  (prepare requirements.txt)
  run "$VENV_PYTHON" -m unimr_jax "${train[@]}"
  run "$VENV_PYTHON" -m unimr_jax "${evaluate[@]}"
}

main "$@"
