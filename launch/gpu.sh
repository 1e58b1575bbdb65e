#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=launch/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() {
  cat <<'USAGE'
Usage: launch/gpu.sh [--cuda=12|13] [--dry-run] [FLAG...]

Sets up .venv in the repository with JAX for this machine's NVIDIA GPUs and checks that JAX sees
them. With flags of launch/local.sh, trains and evaluates then.

  --cuda=12|13   major version of CUDA (default: what the driver supports, by nvidia-smi)
  --dry-run      only print the commands
  FLAG           of launch/local.sh: --config=FILE --workdir=DIR …

Environment:
  PYTHON    interpreter (>= 3.11) to create .venv with
USAGE
}

# The newest CUDA that the driver runs, as nvidia-smi prints it: "CUDA Version: 12.8".
driver_cuda() {
  local printed
  command -v nvidia-smi >/dev/null ||
    die "nvidia-smi not found: install the NVIDIA driver, or name the version with --cuda=12"
  printed=$(nvidia-smi) || die "nvidia-smi failed: $printed"
  [[ $printed =~ CUDA[A-Za-z\ ]*Version\ *:\ *([0-9]+) ]] ||
    die "nvidia-smi prints no CUDA version; name it with --cuda=12 or --cuda=13"
  echo "${BASH_REMATCH[1]}"
}

# The newest that JAX has wheels for and the driver can run.
choose_cuda() {
  local driver
  driver=$(driver_cuda) || exit
  ((driver >= 12)) || die "the driver supports CUDA $driver, JAX needs 12: update the driver"
  echo $((driver > 13 ? 13 : driver))
}

check_gpus() {
  run env JAX_PLATFORMS=cuda "$VENV_PYTHON" -c 'import jax; print("JAX sees", jax.devices())' ||
    die "JAX sees no GPU, for the reason above. nvidia-smi must list one; LD_LIBRARY_PATH must not" \
      "lead to another CUDA (unset it); with an older driver, try --cuda=12"
}

main() {
  local argument cuda='' flags=()
  for argument in "$@"; do
    case $argument in
      -h | --help) usage; return ;;
      --cuda=12 | --cuda=13) cuda=${argument#*=} ;;
      --cuda*) die "$argument: expected --cuda=12 or --cuda=13" ;;
      --dry-run) DRY_RUN=1 ;;
      *) flags+=("$argument") ;;
    esac
  done
  cuda=${cuda:-$(choose_cuda)}
  (prepare requirements.txt "jax[cuda$cuda]")
  check_gpus
  ((${#flags[@]} == 0)) || exec "$REPOSITORY/launch/local.sh" "${flags[@]}" ${DRY_RUN:+--dry-run}
}

main "$@"
