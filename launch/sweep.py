"""Variants of a config times seeds, trained and evaluated one after another, and one table.

    python launch/sweep.py configs/quickstart.py --variants=gate,none,loss_only --seeds=0,1,2 \\
        --workdir=runs/fusions --share_stages=text,nlu

Every run has a directory VARIANT_seedN of its own in the workdir. The same command goes on where
it stopped: what is done is not done again. `table.md`, `table.json` and `table.png` say what the
runs that are done score; they are written anew after every run.

A config may say itself what is swept (its get_sweep): `launch/sweep.py configs/claim.py`. With
--jobs=N as many runs share the machine; each writes what it says to log.txt in its directory. On a
GPU set XLA_PYTHON_CLIENT_PREALLOCATE=false, so that each takes only the memory that it needs.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the code beside this script

from launch.sweep_jobs import Failed, Jobs
from launch.sweep_plan import Run, Sweep, plan
from launch.sweep_table import DEFAULT_METRICS, Table, pattern
from unimr_jax import config_file
from unimr_jax.config import suggestion
from unimr_jax.errors import Foreseen, UserError
from unimr_jax.flags import positive


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the sweep; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    overrides = [argument for argument in arguments if argument.startswith("--config.")]
    flags = _parser().parse_args([a for a in arguments if a not in overrides])
    try:
        _fill_in(flags)
        _sweep(flags, overrides, f"python launch/sweep.py {shlex.join(arguments)}")
    except Foreseen as error:
        return _said(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _said("interrupted; the same command goes on from here", Foreseen.exit_code)
    return 0


def _said(message: str, code: int) -> int:
    print(f"sweep: {message}", file=sys.stderr)
    return code


def _fill_in(flags: argparse.Namespace) -> None:
    """What the command leaves open is as the config's get_sweep says, or plain."""
    file, _, variant = flags.config.partition(":")
    plain = {"variants": [variant], "seeds": [0], "share_stages": [], "against": ""}
    values = plain | _said_by_config(flags.config, plain)
    flags.config = file
    if flags.against and flags.against not in (flags.variants or values["variants"]):
        raise UserError(f"--against={flags.against} is none of the variants that are swept")
    if flags.variants:  # of these alone, what the config says of all of its own may not hold
        values["share_stages"] = _had_by(flags.variants, file, values["share_stages"])
    for name, value in values.items():
        if getattr(flags, name) is None:
            setattr(flags, name, value)


def _had_by(variants: Sequence[str], file: str, stages: Sequence[str]) -> list[str]:
    """Those of the stages that some of the variants have."""
    configs = [config_file.load(f"{file}:{variant}") for variant in variants]
    return [stage for stage in stages if any(stage in config.stages for config in configs)]


def _said_by_config(spec: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Its get_sweep, of which nothing is passed over."""
    values = config_file.sweep_of(spec)
    for name, value in values.items():
        key = f"--config={spec}: get_sweep: {name!r}"
        if name not in known:
            raise UserError(f"{key} is not known{suggestion(name, known)}")
        if type(value) is not type(known[name]):
            wanted = type(known[name]).__name__
            raise UserError(f"{key} must be a {wanted}, found {value!r}")
    return values


def _sweep(flags: argparse.Namespace, overrides: Sequence[str], command: str) -> None:
    runs = plan(_options(flags, overrides))
    table = Table(flags.workdir, pattern(flags.metrics), command, flags.against)
    if flags.dry_run:
        for run in runs:
            print("\n".join(shlex.join(command) for command in run.commands()))
        return
    failures = _run_all(runs, table, flags)
    table.show(runs)
    if failures:
        raise Failed(f"{len(failures)} of {len(runs)} runs failed: {'; '.join(failures)}")


def _options(flags: argparse.Namespace, overrides: Sequence[str]) -> Sweep:
    return Sweep(
        file=flags.config,
        variants=tuple(flags.variants),
        seeds=tuple(flags.seeds),
        workdir=flags.workdir.resolve(),
        stages=flags.stages,
        shared_stages=tuple(flags.share_stages),
        overrides=tuple(overrides),
    )


def _run_all(runs: Sequence[Run], table: Table, flags: argparse.Namespace) -> list[str]:
    """What failed, if it shall keep going; else the first failure is raised."""
    failures: list[Foreseen] = []
    for future in Jobs(flags.jobs, flags.keep_going).finished(runs):
        try:
            future.result()
        except Foreseen as failure:
            failures.append(failure)
        table.write(runs)
    failed = [failure for failure in failures if isinstance(failure, Failed)]
    stopped = [failure for failure in failures if failure not in failed]
    if flags.keep_going and stopped:  # by nothing that failed
        raise stopped[0]
    if failed and not flags.keep_going:
        raise failed[0]
    return [str(failure) for failure in failed]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        self.exit(UserError.exit_code, f"sweep: {message}; see launch/sweep.py --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        epilog="Any key of the config can be set for all runs: --config.stages.joint.steps=50",
    )
    parser.add_argument("config", metavar="FILE.py[:VARIANT]")
    parser.add_argument("--workdir", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--variants", type=_names, metavar="A,B", help="default: what the config sweeps, or its own"
    )
    parser.add_argument("--seeds", type=_seeds, metavar="0,1", help="default: likewise, or 0")
    parser.add_argument(
        "--stages", type=_names, default=(), metavar="A,B", help="these stages alone"
    )
    parser.add_argument(
        "--share_stages",
        type=_names,
        metavar="A,B",
        help="trained once per seed, under the first of the variants that are the same in them; "
        "the others start from there",
    )
    parser.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="runs at a time (default: 1)"
    )
    parser.add_argument("--keep_going", action="store_true", help="past a run that fails")
    parser.add_argument(
        "--dry_run", "--dry-run", action="store_true", help="only print the commands"
    )
    _add_table_flags(parser)
    return parser


def _add_table_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--metrics",
        default=DEFAULT_METRICS,
        metavar="REGEX",
        help="the TASK/LANG/METRIC of the table (default: %(default)s)",
    )
    parser.add_argument(
        "--against", metavar="VARIANT", help="a second table: what the others gain over this one"
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in text.split(",") if name))


def _seeds(text: str) -> tuple[int, ...]:
    try:
        return tuple(dict.fromkeys(int(seed) for seed in text.split(",")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected numbers like 0,1,2, found {text!r}") from error


if __name__ == "__main__":
    sys.exit(main())
