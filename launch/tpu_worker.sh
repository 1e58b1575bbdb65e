#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=launch/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() {
  cat <<'USAGE'
Usage: launch/tpu_worker.sh setup | busy | train FLAG... | logs | stop [--dry-run]

Runs on a worker of a TPU; launch/tpu_vm.sh calls it there.

  setup       install Python, if need be, and the repository with JAX for TPUs
  busy        fail, unless a training is under way
  train       start training, unless it runs already, and show its output until it ends
  logs        show the output of the training under way or the last one
  stop        end training after a checkpoint
  --dry-run   only print the commands
USAGE
}

STATE=$HOME/.unimr_jax # of the training that was started last
BUCKETS=$HOME/buckets

setup() {
  if [[ -z $(command -v python3.12 python3.11) ]]; then
    run sudo apt-get update -q
    run sudo apt-get install -y -q python3.11-venv
  fi
  prepare requirements.txt 'jax[tpu]'
}

install_gcsfuse() {
  local key=/usr/share/keyrings/cloud.google.asc source=/etc/apt/sources.list.d/gcsfuse.list
  local packages=https://packages.cloud.google.com/apt codename
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  run sudo curl -fsS "$packages/doc/apt-key.gpg" -o "$key"
  run sudo tee "$source" <<<"deb [signed-by=$key] $packages gcsfuse-$codename main"
  run sudo apt-get update -q
  run sudo apt-get install -y -q gcsfuse
}

mount_bucket() {
  mountpoint -q "$BUCKETS/$1" && return
  command -v gcsfuse >/dev/null || install_gcsfuse
  run mkdir -p "$BUCKETS/$1"
  run gcsfuse --implicit-dirs "$1" "$BUCKETS/$1" || die "could not mount gs://$1, for the reason above"
}

running() {
  [[ -f $STATE/pid ]] && kill -0 "$(<"$STATE/pid")" 2>/dev/null
}

busy() {
  running && echo "a training is under way: the code on this worker stays as it is"
}

# In a session of its own, so that it outlives the connection that started it.
start() {
  rm -rf "$STATE"
  mkdir -p "$STATE"
  printf '%s\n' "$*" >"$STATE/flags"
  : >"$STATE/log" # there is something to follow at once
  cd "$REPOSITORY"
  # shellcheck disable=SC2016 # expanded by the shell that keeps the exit code
  setsid bash -c '"${@:2}"; echo $? >"$1/exit_code"' train "$STATE" \
    "$VENV_PYTHON" -m unimr_jax train "$@" >"$STATE/log" 2>&1 </dev/null &
  echo $! >"$STATE/pid"
}

follow() {
  local code
  [[ -f $STATE/log ]] || die "no training was started here"
  tail -n +1 -s 0.2 "--pid=$(<"$STATE/pid")" -f "$STATE/log"
  code=$(cat "$STATE/exit_code" 2>/dev/null) || code='unknown: it was killed'
  [[ ! -f $STATE/stopped ]] || echo "training was stopped on request"
  echo "training ended with exit code $code"
  [[ $code == 0 ]]
}

train() {
  local flag flags=()
  for flag in "$@"; do
    while [[ $flag =~ [=,\ ]gs://([^/,]+) ]]; do # a flag may name several
      mount_bucket "${BASH_REMATCH[1]}"
      flag=${flag/gs:\/\//$BUCKETS/} # as paths below the mounted bucket
    done
    flags+=("$flag")
  done
  if [[ -n ${DRY_RUN:-} ]]; then
    run "$VENV_PYTHON" -m unimr_jax train "${flags[@]}"
    return
  fi
  if ! running; then
    start "${flags[@]}"
  elif [[ $(<"$STATE/flags") != "${flags[*]}" ]]; then
    die "another training is under way ($(<"$STATE/flags")); stop it first"
  fi
  follow
}

stop() {
  running || { echo "no training is under way"; return; }
  run touch "$STATE/stopped" # so that nobody takes it for a preemption
  run pkill -TERM -P "$(<"$STATE/pid")" # the training itself; its shell notes how it ended
  [[ -n ${DRY_RUN:-} ]] || follow || true
}

main() {
  local argument words=()
  for argument in "$@"; do
    case $argument in
      -h | --help) usage; return ;;
      --dry-run) DRY_RUN=1 ;;
      *) words+=("$argument") ;;
    esac
  done
  case ${words[0]:-} in
    setup | busy | stop) "${words[0]}" ;;
    train) train "${words[@]:1}" ;;
    logs) follow ;;
    *) die "expected setup, busy, train, logs or stop, see --help" ;;
  esac
}

main "$@"
