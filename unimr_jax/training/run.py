"""`train`: the stages of a config, in order, in one workdir."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax

from unimr_jax.config import Config, Stage, suggestion, to_dict
from unimr_jax.data.collate import Collate
from unimr_jax.data.datasets import generate_scenes, training_sources
from unimr_jax.data.images import ImageReader
from unimr_jax.data.labels import Labels
from unimr_jax.data.pipeline import TaskIterators, task_batches
from unimr_jax.data.tokenizer import TextTokenizer
from unimr_jax.errors import UserError
from unimr_jax.models import unimr
from unimr_jax.training import checkpoint, logs, partitioning, validation, workdir
from unimr_jax.training.loop import StageRun, abstract_params, init_params, run_stage


def train(config: Config, directory: Path, stages: Sequence[str] = ()) -> None:
    """Runs the stages that are not done yet; resumes the one that was interrupted.

    Args:
      config: what to train.
      directory: the workdir.
      stages: names of stages, to run these alone.

    Raises:
      UserError: config, data or directory is wrong.
      Preempted: on SIGTERM, after a checkpoint.
    """
    validation.check(config)
    todo = _chosen(config, stages)
    workdir.claim(directory, config)
    if all(checkpoint.is_done(workdir.stage_directory(directory, config, s)) for s in todo):
        logs.console.print(f"{directory}: every stage is done")
        return
    run = Run(config, directory)
    for stage in todo:
        run.stage(stage)


def _chosen(config: Config, stages: Sequence[str]) -> list[str]:
    for stage in stages:
        if stage not in config.stages:
            raise UserError(f"--stages: no stage {stage!r}{suggestion(stage, config.stages)}")
    return [stage for stage in config.stage_order if not stages or stage in stages]


class Run:
    """Data, tokenizer, model and mesh of a run: the same in all its stages."""

    def __init__(self, config: Config, directory: Path):
        self.config, self.directory = config, directory
        generate_scenes(config, directory)
        self.mesh = partitioning.make_mesh(config.mesh)
        self.sources = training_sources(config, directory)
        self.tokenizer = workdir.tokenizer(directory, config, self.sources)
        self.labels = workdir.labels(directory, self.sources)
        self.images = ImageReader(
            config.model.image.size, config.data.fit, config.data.image_cache_mb
        )
        self.model = build_model(config, self.tokenizer, self.labels)

    def stage(self, name: str) -> None:
        """Trains one stage, unless it is done."""
        directory = workdir.stage_directory(self.directory, self.config, name)
        if checkpoint.is_done(directory):
            logs.console.print(f"[dim]{name}: done before")
            return
        stage = self.config.stages[name]
        params = self._initial_params(name, stage)
        batches = self.batches(stage)
        try:
            run_stage(self._stage_run(name, stage, directory), params, batches)
        finally:
            batches.close()

    def _stage_run(self, name: str, stage: Stage, directory: Path) -> StageRun:
        preprocessing = workdir.preprocessing(self.directory, self.config, self.labels)
        return StageRun(
            name=name,
            key=f"config.stages.{name}",
            config=stage,
            model=self.model,
            mesh=self.mesh,
            seed=self.config.seed,
            workdir=self.directory,
            directory=directory,
            preprocessing=preprocessing,
        )

    def _initial_params(self, name: str, stage: Stage) -> dict[str, Any]:
        """Random, or brought by `init_from`, or from the stage before."""
        position = self.config.stage_order.index(name)
        if position == 0 or stage.init_from:
            params = init_params(self.model, self.mesh, self.config.seed)
            if not stage.init_from:
                return params
            return checkpoint.load_params(Path(stage.init_from), params, stage.init_include)
        before = self.config.stage_order[position - 1]
        source = workdir.stage_directory(self.directory, self.config, before)
        if not checkpoint.is_done(source):
            raise UserError(
                f"stage {name!r} starts from stage {before!r}, which is not done in {source}; "
                f"run it first, or set config.stages.{name}.init_from"
            )
        return checkpoint.load_params(source, abstract_params(self.model, self.mesh))

    def batches(self, stage: Stage) -> TaskIterators:
        """The stage's tasks as iterators; each task has an order of examples of its own."""
        datasets = {name: self._task_batches(stage, name) for name in stage.tasks}
        data = self.config.data
        return TaskIterators(datasets, threads=data.threads, buffer=data.prefetch)

    def _task_batches(self, stage: Stage, name: str):
        task, data = stage.tasks[name], self.config.data
        collate = Collate(
            task=name,
            tokenizer=self.tokenizer,
            text_length=task.text_length,
            positive_length=task.positive_length,
            negatives=task.hard_negatives,
            images=self.images,
            labels=self.labels,
            augmentation=to_dict(data.augment),
        )
        return task_batches(
            {dataset: self.sources[dataset] for dataset in task.datasets},
            name,
            weights=task.datasets,
            batch_size=task.batch_size,
            temperature=data.language_temperature,
            seed=self.config.seed,
            collate=collate,
            process_index=jax.process_index(),
            process_count=jax.process_count(),
        )


def build_model(config: Config, tokenizer: TextTokenizer, labels: Labels) -> unimr.UniMR:
    # A data set without intents still gives a model that can be initialised.
    intents = max(1, len(labels.intents))
    return unimr.build(to_dict(config.model), tokenizer.vocab_size, intents, len(labels.bio))
