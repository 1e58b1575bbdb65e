"""The one door: python -m unimr_jax VERB [flags]."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from unimr_jax.errors import UserError

EXIT_DONE, EXIT_FAILED, EXIT_USER_ERROR, EXIT_TERMINATED = 0, 1, 2, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a verb; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    overrides = [argument for argument in arguments if argument.startswith("--config.")]
    parser = _parser()
    flags = parser.parse_args([a for a in arguments if a not in overrides])
    if overrides and not hasattr(flags, "config"):
        parser.error(f"{overrides[0]}: {flags.verb} takes no config")
    try:
        flags.run(flags, overrides)
    except UserError as error:
        return _failed(flags, error, EXIT_USER_ERROR)
    except KeyboardInterrupt:
        return _failed(flags, "interrupted", EXIT_FAILED)
    except Exception as error:
        return _unexpected(flags, error)
    return EXIT_DONE


def _unexpected(flags: argparse.Namespace, error: Exception) -> int:
    """Failures that training names are one line; anything else is ours, with its traceback."""
    name = type(error).__name__
    if name == "Preempted":
        return _failed(flags, error, EXIT_TERMINATED)
    if name in ("CheckpointError", "DivergedError"):
        return _failed(flags, error, EXIT_FAILED)
    raise error


def _failed(flags: argparse.Namespace, error: object, code: int) -> int:
    if flags.debug and isinstance(error, BaseException):
        raise error
    print(f"unimr_jax {flags.verb}: {error}", file=sys.stderr)
    return code


def _train(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    from unimr_jax import config_file
    from unimr_jax.training.run import train

    config = config_file.load(flags.config, overrides)
    _set_up(flags.workdir)
    train(config, flags.workdir, [name for name in flags.stages.split(",") if name])


def _evaluate(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    from unimr_jax.evaluation.run import evaluate_run

    _set_up(flags.workdir)
    evaluate_run(flags.workdir, flags.dataset, flags.split, flags.stage, flags.output)


def _prepare(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    from unimr_jax.config import choose
    from unimr_jax.data.prepare import PREPARE

    choose(PREPARE, flags.name, "prepare NAME")(flags)


def _bench(flags: argparse.Namespace, overrides: Sequence[str]) -> None:
    from unimr_jax import config_file
    from unimr_jax.training.bench import bench

    bench(config_file.load(flags.config, overrides), flags.workdir, flags.steps, flags.stage)


def _set_up(workdir: Path) -> None:
    """Compiled steps are kept beside the runs, so that a resumed run starts at once."""
    logging.getLogger("absl").setLevel(logging.ERROR)  # Orbax's notes to its own developers
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(workdir.absolute().parent / ".jax_cache"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="unimr_jax", description=__doc__, allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_train(verbs)
    _add_evaluate(verbs)
    _add_prepare(verbs)
    _add_bench(verbs)
    for verb in verbs.choices.values():
        verb.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _add_train(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser(
        "train",
        help="run the stages of a config; started again on the same workdir, resume",
        epilog="Any key of the config can be set: --config.stages.joint.steps=50",
    )
    _add_config(verb)
    verb.add_argument("--workdir", type=Path, required=True, metavar="DIR")
    verb.add_argument("--stages", default="", metavar="A,B", help="these stages alone")
    verb.set_defaults(run=_train)


def _add_evaluate(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser("evaluate", help="metrics per task and language, and a report")
    verb.add_argument("--workdir", type=Path, required=True, metavar="DIR", help="a training run")
    verb.add_argument("--dataset", default="", metavar="DIR", help="default: as the config says")
    verb.add_argument("--split", default="", help="default: as the config says")
    verb.add_argument("--stage", default="", help="default: the last one done")
    verb.add_argument("--output", type=Path, metavar="DIR", help="default: WORKDIR/report")
    verb.set_defaults(run=_evaluate)


def _add_prepare(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser("prepare", help="bring a data set into the record format")
    verb.add_argument("name", metavar="NAME", help="scenes: pictures, captions and queries, drawn")
    verb.add_argument("--output", type=Path, required=True, metavar="DATASET_DIR")
    verb.add_argument("--seed", type=int, default=0)
    verb.add_argument("--size", type=int, default=6000, help="training pictures")
    verb.set_defaults(run=_prepare)


def _add_bench(verbs: argparse._SubParsersAction) -> None:
    verb = verbs.add_parser("bench", help="step time and examples/s of a config's stages")
    _add_config(verb)
    verb.add_argument("--workdir", type=Path, required=True, metavar="DIR", help="for the data")
    verb.add_argument("--steps", type=int, default=10, help="timed steps, after warm-up")
    verb.add_argument("--stage", default="", help="default: all")
    verb.set_defaults(run=_bench)


def _add_config(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--config", required=True, metavar="FILE.py[:variant]")


if __name__ == "__main__":
    sys.exit(main())
