#!/usr/bin/env bash
set -euo pipefail

# shellcheck source=launch/environment.sh
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

usage() {
  cat <<'USAGE'
Usage: launch/tpu_vm.sh COMMAND --name=NAME --zone=ZONE [FLAG...]

Trains on a Cloud TPU VM or slice, from this machine, with gcloud.

Commands:
  up       create the TPU, or reuse the one of that name; wait until it is ready
  setup    copy this repository to all its workers and install it there, but for those that train
  train    up, setup, then train on all workers and stream their output. A TPU that was preempted is
           made anew and training resumes; if this machine loses the connection, training goes on,
           and the same command joins it again, with the code that it runs
  logs     stream the output of the training under way, or show that of the last one
  stop     end training after a checkpoint
  status   print the state of the TPU
  delete   delete the TPU

Flags:
  --name=NAME        of the TPU (and of its queued resource)
  --zone=ZONE        such as us-east5-a
  --project=PROJECT  (default: the one gcloud is set to)
  --type=TYPE        accelerator type, such as v6e-16; for up and train
  --version=VERSION  software version of the TPU, such as v2-alpha-tpuv6e; for up and train
  --queued           ask for a queued resource: waits in line until there is room
  --spot             cheaper, may be preempted
  --max-restarts=N   preemptions and lost connections to go on after (default: 100)
  --poll=SECONDS     between two looks at the state (default: 30)
  --dry-run          only print the commands
  FLAG               of `train`: --config=FILE --workdir=gs://BUCKET/DIR --config.data.root=gs://… …

The workdir must outlive the TPU and be the same on all workers: a gs:// address, or the absolute
path of a file system that the workers mount. Buckets named in flags are mounted with gcsfuse;
they need a hierarchical namespace, so that a checkpoint gets its name at once:

  gcloud storage buckets create gs://BUCKET --location=REGION --uniform-bucket-level-access \
    --enable-hierarchical-namespace

Several workers are reached at once with your key loaded: ssh-add ~/.ssh/google_compute_engine.
TPU7x and later are not offered through this API: see launch/k8s/tpu.yaml for those.
USAGE
}

STOPPED=143      # the exit code of a training that saved on SIGTERM
LOST=75          # the exit code where gcloud failed, while there is a training to go back to
REMOTE=unimr_jax # the copy of the repository in the home of every worker
NAME='' ZONE='' TYPE='' VERSION='' QUEUED='' SPOT='' MAX_RESTARTS=100 POLL=30
PLACE=() TRAIN=() # flags of gcloud and of train

parse() {
  local argument
  for argument in "$@"; do
    case $argument in
      --name=*) NAME=${argument#*=} ;;
      --zone=*) ZONE=${argument#*=} ;;
      --project=*) PLACE+=("$argument") ;;
      --type=*) TYPE=${argument#*=} ;;
      --version=*) VERSION=${argument#*=} ;;
      --queued) QUEUED=1 ;;
      --spot) SPOT=1 ;;
      --max-restarts=*) MAX_RESTARTS=${argument#*=} ;;
      --poll=*) POLL=${argument#*=} ;;
      --dry-run) DRY_RUN=1 ;;
      --*) TRAIN+=("$argument") ;;
      *) die "$argument: expected --FLAG=VALUE, see --help" ;;
    esac
  done
  [[ -n $NAME ]] || die "--name=NAME is missing, see --help"
  [[ -n $ZONE ]] || die "--zone=ZONE is missing, see --help"
  [[ $MAX_RESTARTS =~ ^[0-9]+$ ]] || die "--max-restarts=$MAX_RESTARTS: expected a number"
  [[ $POLL =~ ^[0-9.]+$ ]] || die "--poll=$POLL: expected seconds"
  PLACE+=("--zone=$ZONE")
}

# The flags are checked before anything is paid for.
check_train_flags() {
  local flag config='' workdir=''
  for flag in ${TRAIN[@]+"${TRAIN[@]}"}; do # empty, it is unbound in bash before 4.4 (macOS)
    case $flag in
      --config=*) config=${flag#*=} ;;
      --workdir=*) workdir=${flag#*=} ;;
    esac
  done
  [[ -f $REPOSITORY/${config%%:*} ]] ||
    die "--config=$config: expected a file of the repository, such as configs/quickstart.py"
  [[ $workdir == gs://* || $workdir == /* ]] ||
    die "--workdir=$workdir: expected gs://BUCKET/DIR, since the TPU's own disk goes with it" \
      "(or the absolute path of a file system that all workers mount)"
}

tpu_vm() {
  run gcloud compute tpus tpu-vm "$@" "${PLACE[@]}"
}

queued_resource() {
  run gcloud compute tpus queued-resources "$@" "${PLACE[@]}"
}

on_workers() {
  tpu_vm ssh "$NAME" --worker=all "--command=$1"
}

# Of all that ends this script, an outage alone passes by itself.
gcloud_failed() {
  (die "$@") || exit "${ON_OUTAGE:-1}"
}

# described KIND FIELD: a field of what gcloud describes; NONE where there is no such thing.
described() {
  local printed
  if [[ -n ${DRY_RUN:-} ]]; then
    run gcloud compute tpus "$1" describe "$NAME" "--format=value($2)" "${PLACE[@]}"
    return
  fi
  if printed=$(gcloud compute tpus "$1" describe "$NAME" "--format=value($2)" "${PLACE[@]}" \
    2>"$SCRATCH/error"); then
    echo "$printed"
  elif grep -qiE 'not[_ ]found' "$SCRATCH/error"; then
    echo NONE
  else
    gcloud_failed "gcloud: $(<"$SCRATCH/error")"
  fi
}

# A request in line has the state of the request; a TPU that exists has its own.
state() {
  local request
  if [[ -n $QUEUED ]]; then
    request=$(described queued-resources state.state) || exit
    [[ $request == ACTIVE ]] || { echo "$request"; return; }
  fi
  described tpu-vm state
}

create() {
  [[ -n $TYPE ]] || die "--type=TYPE is missing: there is no TPU $NAME yet"
  [[ -n $VERSION ]] || die "--version=VERSION is missing: there is no TPU $NAME yet"
  if [[ -n $QUEUED ]]; then
    queued_resource create "$NAME" "--node-id=$NAME" "--accelerator-type=$TYPE" \
      "--runtime-version=$VERSION" ${SPOT:+--spot}
  else
    tpu_vm create "$NAME" "--accelerator-type=$TYPE" "--version=$VERSION" ${SPOT:+--spot}
  fi || gcloud_failed "gcloud could not create $NAME, for the reason above"
}

delete() {
  if [[ -n $QUEUED ]]; then
    queued_resource delete "$NAME" --force --quiet
  else
    tpu_vm delete "$NAME" --quiet
  fi || gcloud_failed "gcloud could not delete $NAME, for the reason above"
}

up() {
  local now before=''
  if [[ -n ${DRY_RUN:-} ]]; then create; return; fi
  while true; do
    now=$(state) || exit
    [[ $now == "$before" ]] || echo "$NAME: $now"
    before=$now
    case $now in
      READY) return ;;
      NONE) create ;;
      PREEMPTED | TERMINATED | SUSPENDED) delete && create ;;
      FAILED) die "the request for $NAME failed: look at it with \`gcloud compute tpus" \
        "queued-resources describe $NAME --zone=$ZONE\`, then run launch/tpu_vm.sh delete" ;;
      STOPPED) die "$NAME is stopped: start it with \`gcloud compute tpus tpu-vm start $NAME" \
        "--zone=$ZONE\`, or delete it" ;;
      *) sleep "$POLL" ;;
    esac
  done
}

# What git knows, and what is new among code and configs: data and keys may lie beside them. A zero
# byte ends each name.
files() {
  local file config=''
  for file in ${TRAIN[@]+"${TRAIN[@]}"}; do
    [[ $file != --config=* ]] || config=${file#*=} config=${config%%:*}
  done
  {
    git -C "$REPOSITORY" ls-files -z --cached
    git -C "$REPOSITORY" ls-files -z --others --exclude-standard -- \
      unimr_jax configs launch ${config:+"$config"}
  } |
    while IFS= read -r -d '' file; do
      [[ ! -e $REPOSITORY/$file ]] || printf '%s\0' "$file"
    done
}

# A running training keeps its code, which the processes that it still starts would read anew.
setup() {
  local archive=$SCRATCH/$REMOTE.tgz worker=$REMOTE/launch/tpu_worker.sh
  local unpack="mkdir -p $REMOTE && tar -xzf $REMOTE.tgz -C $REMOTE"
  files | tar -C "$REPOSITORY" -czf "$archive" --null -T - || die "could not pack $REPOSITORY"
  tpu_vm scp "$archive" "$NAME:" --worker=all || return
  on_workers "$worker busy 2>/dev/null || ($unpack && $worker setup)"
}

set_up_and_train() {
  local quoted
  printf -v quoted ' %q' "${TRAIN[@]}"
  setup && on_workers "$REMOTE/launch/tpu_worker.sh train$quoted"
}

# failed_for_good OUTPUT: what the workers printed holds their verdict. Without one, or with that of
# a training that was told to stop, the connection was lost or the TPU taken away. Where one of
# several workers is taken away, JAX ends the others with an error: it counts if the TPU stays.
failed_for_good() {
  local verdicts
  verdicts=$(grep -oE '^error: |^training ended with exit code [0-9]+' "$1" | grep -Ev ' (0|143)$') ||
    return
  ! grep -Eq '^error: | 2$' <<<"$verdicts" || return 0 # a user's mistake, which stays one
  sleep "$POLL"
  [[ $(state) == READY ]]
}

# up_again ATTEMPT: fails where gcloud does, but for the first time, when nothing is lost by it.
up_again() {
  local code=0 ON_OUTAGE=1
  (($1 == 0)) || ON_OUTAGE=$LOST
  (up) || code=$?
  ((code == 0 || code == LOST)) || exit "$code"
  return "$code"
}

train() {
  local attempt output=$SCRATCH/output
  check_train_flags
  for ((attempt = 0; attempt <= MAX_RESTARTS; attempt++)); do
    : >"$output"
    if up_again "$attempt" && set_up_and_train 2>&1 | tee "$output"; then return; fi
    if grep -q '^training was stopped on request' "$output"; then
      echo "Stopped after a checkpoint; the same command goes on"
      exit "$STOPPED"
    fi
    ! failed_for_good "$output" || die "training failed, for the reason above; mend it and run the" \
      "same command again, or launch/tpu_vm.sh delete --name=$NAME ${PLACE[*]}${QUEUED:+ --queued}"
    echo "Lost $NAME; looking again in $POLL s"
    sleep "$POLL"
  done
  die "lost $NAME more often than --max-restarts=$MAX_RESTARTS; the same command goes on"
}

main() {
  local command=${1:-}
  case " $* " in
    *" --help "* | *" -h "*) usage; return ;;
  esac
  case $command in
    up | setup | train | logs | stop | status | delete) parse "${@:2}" ;;
    *) die "expected a command (up, setup, train, logs, stop, status or delete), see --help" ;;
  esac
  [[ -n ${DRY_RUN:-} ]] || command -v gcloud >/dev/null ||
    die "gcloud is not installed: see https://cloud.google.com/sdk/docs/install"
  SCRATCH=$(mktemp -d)
  trap 'rm -rf "$SCRATCH"' EXIT
  [[ $command == train || ${#TRAIN[@]} == 0 ]] || die "${TRAIN[0]}: only train takes it, see --help"
  case $command in
    logs | stop) on_workers "$REMOTE/launch/tpu_worker.sh $command" ;;
    status) state ;;
    *) "$command" ;;
  esac
}

main "$@"
