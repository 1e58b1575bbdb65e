#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=launch/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() {
  cat <<'USAGE'
Usage: launch/test.sh [--dry-run] [PYTEST_ARGUMENT...]

Lints the repository and runs its tests in .venv, which it sets up first, on up to 8 cores.
Arguments go to pytest.

  --dry-run   only print the commands

Environment:
  PYTHON                      interpreter (>= 3.11) to create .venv with
  JAX_COMPILATION_CACHE_DIR   compiled programs kept between runs (default: .cache/jax in the
                              repository)
USAGE
}

main() {
  case ${1:-} in
    -h | --help) usage; return ;;
    --dry-run) DRY_RUN=1; shift ;;
  esac
  prepare requirements-dev.txt
  export JAX_COMPILATION_CACHE_DIR=${JAX_COMPILATION_CACHE_DIR:-$REPOSITORY/.cache/jax}
  export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=${JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS:-0}
  unset PYTHONDONTWRITEBYTECODE # or every process that a test starts compiles the package anew
  run "$VENV_PYTHON" -m ruff check .
  run "$VENV_PYTHON" -m pytest --numprocesses=auto --maxprocesses=8 --dist=worksteal "$@"
}

main "$@"
