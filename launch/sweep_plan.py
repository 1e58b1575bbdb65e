"""What a sweep runs: a directory, a config and the commands for every variant and seed."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unimr_jax import config_file
from unimr_jax.config import Config, choose, chosen_stages
from unimr_jax.errors import UserError
from unimr_jax.training import workdir
from unimr_jax.whole import read_json, whole_directory

DONE = "DONE.json"  # as checkpoint.DONE, without the seconds that its imports take
SEED = "--config.seed="
# Variants may differ in their fusion, whose parameters stand here (models/unimr.py). They are the
# identity until the first stage that trains them, so nothing is lost by not bringing them.
WITHOUT_FUSION = "(?!(fuse|films)/).*"


@dataclass(frozen=True)
class Sweep:
    """What was asked for on the command line."""

    file: str
    variants: tuple[str, ...]  # "": the config's own
    seeds: tuple[int, ...]
    workdir: Path  # absolute, since it goes into the configs of runs that start from others
    stages: tuple[str, ...] = ()  # empty: all
    shared_stages: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """One variant with one seed."""

    variant: str
    seed: int
    directory: Path
    spec: str  # FILE.py:variant
    overrides: tuple[str, ...]
    config: Config  # what the two give
    stages: tuple[str, ...]
    init_from: Path | None = None  # the stage of another run that it starts from

    def commands(self) -> list[list[str]]:
        """Training, then evaluation of the last stage."""
        door = [sys.executable, "-m", "unimr_jax"]
        directory = f"--workdir={self.directory}"
        config = (f"--config={self.spec}", *self.overrides)
        return [
            [*door, "train", *config, directory, f"--stages={','.join(self.stages)}"],
            [*door, "evaluate", directory, f"--stage={self.stages[-1]}"],
        ]

    @property
    def base(self) -> Path | None:
        """The directory of the run that it starts from."""
        return self.init_from.parents[1] if self.init_from else None

    @property
    def metrics_file(self) -> Path:
        return self.directory / "report" / "metrics.json"

    def stage_directory(self, stage: str) -> Path:
        return workdir.stage_directory(self.directory, self.config, stage)

    def is_done(self) -> bool:
        """Trained under this config, and evaluated since."""
        trained = self.stage_directory(self.stages[-1]) / DONE
        if not (trained.is_file() and self._measures_its_stage() and self._has_its_config()):
            return False
        return self.metrics_file.stat().st_mtime >= trained.stat().st_mtime

    def _measures_its_stage(self) -> bool:
        """The report is the last evaluation's, be it of another stage or split."""
        facts = self.metrics_file.with_name("facts.json")
        if not (self.metrics_file.is_file() and facts.is_file()):
            return False
        found = read_json(facts)
        wanted = {"stage": self.stages[-1], "split": self.config.evaluation.split}
        return all(found.get(name) == value for name, value in wanted.items())

    def _has_its_config(self) -> bool:
        """Where it has another, `train` will say which key differs."""
        try:
            workdir.enter(self.directory, self.config)
        except UserError:
            return False
        return True

    def has_its_start(self) -> bool:
        return self.init_from is None or (self.init_from / DONE).is_file()

    def prepare(self) -> None:
        """Takes the tokenizer of the run it starts from: parameters mean nothing without it.

        Raises:
          UserError: that run has not come so far.
        """
        if self.init_from is None:
            return
        if not self.has_its_start():
            raise UserError(
                f"{self.directory.name} starts from {self.init_from}, which is not done"
            )
        tokenizer = self.directory / workdir.TOKENIZER
        if tokenizer.exists():
            return
        with whole_directory(tokenizer) as draft:
            shutil.copytree(self.base / workdir.TOKENIZER, draft, dirs_exist_ok=True)


def plan(sweep: Sweep) -> list[Run]:
    """Every run, seed by seed, so that the variants can be compared after the first seed.

    Raises:
      UserError: a variant, stage or override that the config does not have, or no variant has
        the stages to be shared.
    """
    if any(override.startswith(SEED) for override in sweep.overrides):
        raise UserError(f"{SEED}… would give every run the same seed; name it in --seeds")
    runs = [run for seed in sweep.seeds for run in _runs_of_seed(sweep, seed)]
    if sweep.shared_stages:
        _check_shared(runs, sweep.shared_stages)
    return runs


def _check_shared(runs: Sequence[Run], shared: Sequence[str]) -> None:
    """Where some run has all these stages, one can share them."""
    stages = dict.fromkeys(stage for run in runs for stage in run.config.stage_order)
    for stage in shared:
        choose(stages, stage, "--share_stages")
    having = [run for run in runs if set(shared) <= set(run.config.stage_order)]
    if having and not any(run.init_from or _has_first(run.stages, shared) for run in having):
        raise UserError(
            f"--share_stages={','.join(shared)} must be the first of the stages that run, "
            f"{','.join(having[0].stages)}, and leave one"
        )


def _runs_of_seed(sweep: Sweep, seed: int) -> Iterator[Run]:
    """A run starts from the first one whose shared stages are the same, if there is one."""
    bases: list[Run] = []
    for variant in sweep.variants:
        run = _run(sweep, variant, seed)
        shared = sweep.shared_stages
        base = next((base for base in bases if _are_alike(base, run, shared)), None)
        if base:
            run = _starting_from(base, run, shared)
        elif _has_first(run.stages, shared):
            bases.append(run)
        yield run


def _run(sweep: Sweep, variant: str, seed: int) -> Run:
    spec = f"{sweep.file}:{variant}" if variant else sweep.file
    overrides = (*sweep.overrides, f"{SEED}{seed}")
    config = config_file.load(spec, overrides)
    return Run(
        variant=variant,
        seed=seed,
        directory=sweep.workdir / f"{variant or 'default'}_seed{seed}",
        spec=spec,
        overrides=overrides,
        config=config,
        stages=tuple(chosen_stages(config, sweep.stages, "--stages")),
    )


def _has_first(stages: Sequence[str], shared: Sequence[str]) -> bool:
    """Whether the shared stages are the first of these, and leave one."""
    return bool(shared) and stages[: len(shared)] == shared and len(stages) > len(shared)


def _are_alike(base: Run, run: Run, shared: Sequence[str]) -> bool:
    return _has_first(run.stages, shared) and (
        _what_is_shared(base.config, shared) == _what_is_shared(run.config, shared)
    )


def _starting_from(base: Run, run: Run, shared: Sequence[str]) -> Run:
    """The run without the shared stages, which it takes from `base`."""
    own = tuple(stage for stage in run.stages if stage not in shared)
    init_from = base.stage_directory(shared[-1])
    include = ".*" if run.config.model == base.config.model else WITHOUT_FUSION
    overrides = (
        *run.overrides,
        f"--config.stages.{own[0]}.init_from={init_from}",
        f"--config.stages.{own[0]}.init_include={include}",
    )
    return dataclasses.replace(
        run,
        config=config_file.load(run.spec, overrides),
        overrides=overrides,
        stages=own,
        init_from=init_from,
    )


def _what_is_shared(config: Config, shared: Sequence[str]) -> dict[str, Any]:
    """All that shapes the shared stages, but for the fusion: until the next stage it is one."""
    nlu = dataclasses.replace(config.model.nlu, fusion="")
    return {
        "model": dataclasses.replace(config.model, nlu=nlu),
        "data": config.data,
        "tokenizer": config.tokenizer,
    } | {f"stages.{stage}": config.stages[stage] for stage in shared}
