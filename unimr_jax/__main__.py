"""The one door: python -m unimr_jax VERB [flags]."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from unimr_jax.errors import Foreseen, UserError
from unimr_jax.flags import positive
from unimr_jax.host import compute_in_the_calling_thread, keep_freed_memory

if TYPE_CHECKING:
    from unimr_jax.config import Config

EXIT_DONE = 0
SHOW_MESH = "--config.mesh"  # without a value: a wish to see the mesh, no override


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a verb; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    overrides = [a for a in arguments if a.startswith("--config.") and a != SHOW_MESH]
    parser = _parser()
    flags = parser.parse_args([a for a in arguments if a not in overrides])
    if overrides and not hasattr(flags, "config"):
        parser.error(f"{overrides[0]}: {flags.verb} takes no config")
    try:
        flags.run(flags, overrides)
    except Exception as error:
        return _failed(flags, error)
    except KeyboardInterrupt:
        return _said(flags, "interrupted", Foreseen.exit_code)
    return EXIT_DONE


def _failed(flags: argparse.Namespace, error: Exception) -> int:
    """One line for what was foreseen; anything else is ours to mend, with its traceback."""
    foreseen = error if isinstance(error, Foreseen) else _of_the_disk(error)
    if foreseen is None:
        raise error
    if flags.debug:
        traceback.print_exception(error)
    return _said(flags, str(foreseen), foreseen.exit_code)


def _of_the_disk(error: Exception) -> Foreseen | None:
    if not isinstance(error, OSError):
        return None
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Foreseen(f"{error}; free disk space and start the same command again")
    if isinstance(error, PermissionError | IsADirectoryError | NotADirectoryError):
        return UserError(f"{error.filename}: {error.strerror}; name another path")
    return None


def _said(flags: argparse.Namespace, message: str, code: int) -> int:
    print(f"unimr_jax {flags.verb}: {message}", file=sys.stderr)
    return code


def _train(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    _set_up(flags)
    from unimr_jax import config_file
    from unimr_jax.training import processes
    from unimr_jax.training.run import train

    processes.join(
        flags.distributed, flags.coordinator_address, flags.num_processes, flags.process_id
    )
    config = config_file.load(flags.config, overrides)
    stages = [name for name in flags.stages.split(",") if name]
    train(config, flags.workdir, stages, flags.show_mesh)


def _evaluate(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    _set_up(flags)
    from unimr_jax.evaluation.run import evaluate_run

    evaluate_run(
        flags.workdir,
        flags.dataset,
        flags.split,
        flags.stage,
        flags.output,
        flags.index_stage,
        flags.against,
    )


def _prepare(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    if hasattr(flags, "workdir"):  # of a trained model
        _set_up(flags)
    from unimr_jax.data.prepare import PREPARE

    PREPARE[flags.name].run(flags)


def _import(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    from unimr_jax.interop.importing import import_tower

    import_tower(flags.model, flags.tower, flags.output, flags.ignore)


def _export(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    _set_up(flags)
    from unimr_jax.interop.exporting import export

    export(flags.workdir, flags.format, flags.stage, flags.output, flags.license)


def _bench(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    if flags.profile and (flags.compile_only or flags.input_only):
        raise UserError("--profile traces steps, and none would run; leave it out")
    if flags.compile_only:
        _compile_only(flags, overrides)
        return
    if flags.topology:
        raise UserError("--topology is for --compile_only; give both")
    if (flags.workdir is None) != flags.synthetic:
        raise UserError("give --workdir=DIR to time steps on data, or --synthetic without data")
    _set_up(flags)
    from unimr_jax import config_file
    from unimr_jax.training.bench.verb import Options, bench

    config = config_file.load(flags.config, overrides)
    if flags.input_only:
        _bench_input(config, flags)
        return
    run = _synthetic_run(config, flags) if flags.synthetic else _run_on_data(config, flags)
    bench(config, run, Options(flags.steps, flags.stage, flags.json, flags.profile))


def _bench_input(config: Config, flags: argparse.Namespace) -> None:
    from unimr_jax.training.bench.input import bench_input

    bench_input(_run_on_data(config, flags), flags.steps, flags.stage, flags.json)


def _synthetic_run(config: Config, flags: argparse.Namespace) -> Any:
    from unimr_jax.training.bench.synthetic import SyntheticRun

    return SyntheticRun(config, flags.intents, flags.slots)


def _run_on_data(config: Config, flags: argparse.Namespace) -> Any:
    from unimr_jax.training import validation, workdir
    from unimr_jax.training.run import Run

    validation.check(config)
    workdir.enter(flags.workdir, config)
    return Run(config, flags.workdir)


def _compile_only(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    if flags.topology:
        os.environ |= {"JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": str(flags.topology)}
        # Of the machine code, which never runs; memory is planned as ever.
        os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # minutes of compiling alarm XLA
    _set_up(flags)
    from unimr_jax import config_file
    from unimr_jax.training.aot import compile_only

    config = config_file.load(flags.config, overrides)
    compile_only(config, flags.stage, flags.intents, flags.slots, flags.json)


def _set_up(flags: argparse.Namespace) -> None:
    """Before jax is imported, which reads its settings then, and before it looks for devices.

    Compiled steps are kept beside the runs, so that a resumed run starts at once; not for
    several fake devices, where a program read back can hang in its first collective.
    """
    keep_freed_memory()
    if getattr(flags, "compilation_cache", True) and not _has_fake_devices():
        cache = (flags.workdir or Path("runs/bench")).absolute().parent / ".jax_cache"
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    compute_in_the_calling_thread()
    _quiet_orbax()


def _has_fake_devices() -> bool:
    flag = "xla_force_host_platform_device_count"
    return "JAX_NUM_CPU_DEVICES" in os.environ or flag in os.environ.get("XLA_FLAGS", "")


def _quiet_orbax() -> None:
    """What fails in a checkpoint reaches us as an exception, and the user as one line.

    Orbax logs it as well, and closes its event loop at the first failure, so that every other
    read or write under way ends in a complaint of its own.
    """
    for logger in ("absl", "asyncio"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    shown = sys.unraisablehook

    def show(problem: sys.UnraisableHookArgs) -> None:
        if str(problem.exc_value) != "Event loop is closed":
            shown(problem)

    sys.unraisablehook = show


class _Parser(argparse.ArgumentParser):
    """Flags are written out, and a wrong one gets one line."""

    def __init__(self, **options):
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(UserError.exit_code, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="unimr_jax", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_train(verbs)
    _add_evaluate(verbs)
    names = _add_prepare(verbs)
    _add_import(verbs)
    _add_export(verbs)
    _add_bench(verbs)
    parser.set_defaults(debug=False)
    for verb in [*verbs.choices.values(), *names]:
        # Without a default: that of a NAME would undo the flag given before it.
        verb.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks"
        )
    return parser


def _add_train(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser(
        "train",
        help="run the stages of a config; started again on the same workdir, resume",
        epilog="Any key of the config can be set: --config.stages.joint.steps=50",
    )
    _add_config(verb)
    verb.add_argument("--workdir", type=Path, required=True, metavar="DIR")
    _add_compilation_cache(verb)
    verb.add_argument("--stages", default="", metavar="A,B", help="these stages alone")
    verb.add_argument(
        SHOW_MESH,
        action="store_true",
        dest="show_mesh",
        help="print where every parameter lies on the mesh, and train",
    )
    _add_processes(verb)
    verb.set_defaults(run=_train)


def _add_processes(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--distributed",
        choices=("auto", "off"),
        default="auto",
        help="auto: all processes of a TPU pod or a Slurm job step together; off: one process",
    )
    verb.add_argument("--coordinator_address", default="", metavar="HOST:PORT", help="elsewhere")
    verb.add_argument("--num_processes", type=int, metavar="N", help="with --coordinator_address")
    verb.add_argument("--process_id", type=int, metavar="I", help="with it: 0 to N-1")


def _add_evaluate(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser(
        "evaluate",
        help="metrics per task and language, and a report",
        epilog="Evaluates in one process: start it once, not on every host of a cluster.",
    )
    verb.add_argument("--workdir", type=Path, required=True, metavar="DIR", help="a training run")
    _add_compilation_cache(verb)
    verb.add_argument("--dataset", default="", metavar="DIR", help="default: as the config says")
    verb.add_argument("--split", default="", help="default: as the config says")
    verb.add_argument("--stage", default="", help="default: the last one done")
    verb.add_argument("--output", type=Path, metavar="DIR", help="default: WORKDIR/report")
    verb.add_argument(
        "--index_stage",
        default="",
        metavar="STAGE",
        help="does its index of pictures still serve? default: the stage before",
    )
    verb.add_argument(
        "--against",
        type=Path,
        metavar="METRICS.json",
        help="of another report: what does every language gain over it?",
    )
    verb.set_defaults(run=_evaluate)


def _add_prepare(verbs: argparse._SubParsersAction) -> list[argparse.ArgumentParser]:
    """Returns the parsers of its NAMEs."""
    from unimr_jax.data.prepare import PREPARE

    verb = verbs.add_parser("prepare", help="bring a data set into the record format")
    verb.set_defaults(run=_prepare)
    names = verb.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, preparation in PREPARE.items():
        preparation.add_flags(names.add_parser(name, help=preparation.help))
    return list(names.choices.values())


def _add_import(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser(
        "import",
        help="a pretrained tower of Hugging Face's as a checkpoint to start from",
        epilog="Prints what the config needs: the tower's settings, tokenizer and init_from.",
    )
    verb.add_argument("--model", required=True, metavar="DIR_OR_HUB_NAME")
    verb.add_argument("--tower", choices=("text", "image"), required=True)
    verb.add_argument("--output", type=Path, required=True, metavar="DIR")
    verb.add_argument(
        "--ignore", default="", metavar="REGEX", help="what may be missing or left over"
    )
    verb.set_defaults(run=_import)


def _add_export(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser("export", help="a trained model in the forms of other tools")
    verb.add_argument("--workdir", type=Path, required=True, metavar="DIR", help="a training run")
    _add_compilation_cache(verb)
    verb.add_argument(
        "--format", required=True, metavar="NAME", help="hf, sentence-transformers, onnx, stablehlo"
    )
    verb.add_argument("--stage", default="", help="default: the last one done")
    verb.add_argument("--output", type=Path, metavar="DIR", help="default: WORKDIR/export/FORMAT")
    verb.add_argument(
        "--license", default="", metavar="NAME", help="of the weights, for the model card"
    )
    verb.set_defaults(run=_export)


def _add_bench(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser("bench", help="how fast a config's stages train, and what bounds them")
    _add_config(verb)
    _add_compilation_cache(verb)
    verb.add_argument("--workdir", type=Path, metavar="DIR", help="for the data")
    verb.add_argument("--steps", type=positive, default=10, help="timed, after a warm-up")
    verb.add_argument("--stage", default="", help="default: all")
    verb.add_argument("--json", type=Path, metavar="FILE", help="the figures, to read by program")
    verb.add_argument("--profile", type=Path, metavar="DIR", help="a trace for XProf or Perfetto")
    instead = verb.add_mutually_exclusive_group()
    instead.add_argument("--input_only", action="store_true", help="time batches, not steps")
    instead.add_argument("--synthetic", action="store_true", help="no data but random numbers")
    instead.add_argument(
        "--compile_only", action="store_true", help="memory, FLOPs and communication of a step"
    )
    ahead = verb.add_argument_group("without data")
    ahead.add_argument(
        "--topology", type=positive, default=0, metavar="N", help="on N fake devices"
    )
    ahead.add_argument("--intents", type=positive, default=60, help="default: 60, as MASSIVE has")
    ahead.add_argument("--slots", type=positive, default=55, help="default: 55, as MASSIVE has")
    verb.set_defaults(run=_bench)


def _add_compilation_cache(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--no_compilation_cache",
        dest="compilation_cache",
        action="store_false",
        help="do not keep compiled steps in .jax_cache beside the workdir",
    )


def _add_config(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--config", required=True, metavar="FILE.py[:variant]")


if __name__ == "__main__":
    sys.exit(main())
