"""`train`: the stages of a config, in order, in one workdir."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from grain import MapDataset

from unimr_jax.config import (
    Augment,
    Config,
    Stage,
    Task,
    at_size_of,
    chosen_stages,
    to_dict,
)
from unimr_jax.data.collate import Collate, stable_id
from unimr_jax.data.datasets import generate_scenes, training_sources
from unimr_jax.data.distinct import check_enough
from unimr_jax.data.images import ImageReader
from unimr_jax.data.labels import Labels
from unimr_jax.data.mixture import Weight, task_parts
from unimr_jax.data.negatives import check_has_negatives
from unimr_jax.data.picture_texts import PictureTexts
from unimr_jax.data.pipeline import TaskIterators, task_batches
from unimr_jax.data.sources import Source
from unimr_jax.data.tokenizer import Prompts, TextTokenizer
from unimr_jax.errors import UserError
from unimr_jax.losses.schedules import values
from unimr_jax.models import unimr
from unimr_jax.training import (
    checkpoint,
    init_from,
    logs,
    partitioning,
    processes,
    validation,
    workdir,
)
from unimr_jax.training.even_rows import even_rows
from unimr_jax.training.loop import run_stage
from unimr_jax.training.preemption import Preemption
from unimr_jax.training.stage_step import StageRun, abstract_params, init_params, stage_shapes


def train(
    config: Config, directory: Path, stages: Sequence[str] = (), show_mesh: bool = False
) -> None:
    """Runs the stages that are not done yet; resumes the one that was interrupted.

    Args:
      config: what to train.
      directory: the workdir.
      stages: names of stages, to run these alone.
      show_mesh: print first where every parameter lies.

    Raises:
      UserError: config, data or directory is wrong.
      Preempted: on SIGTERM, after a checkpoint.
    """
    logs.console.quiet = not processes.is_first()
    validation.check(config)
    chosen = chosen_stages(config, stages, "--stages")
    workdir.enter(directory, config)
    todo = [s for s in chosen if not _is_done(config, directory, s)]
    if not todo:
        logs.console.print(f"{directory}: every stage is done")
        return
    for stage in todo:
        init_from.check(config.stages[stage], f"config.stages.{stage}", directory)
    run = Run(config, directory)
    if show_mesh:
        logs.console.print(partitioning.table(run.param_shapes))
    with Preemption() as preemption:
        for stage in chosen:
            run.stage(stage, preemption)


def _is_done(config: Config, directory: Path, stage: str) -> bool:
    return checkpoint.is_done(workdir.stage_directory(directory, config, stage))


class Run:
    """Data, tokenizer, model and mesh of a run: the same in all its stages.

    The workdir belongs to the config once the data are found whole: until then the config can
    still be mended.
    """

    def __init__(self, config: Config, directory: Path):
        self.directory = directory
        self.mesh = partitioning.make_mesh(config.mesh)
        validation.check_mesh(config, self.mesh)
        self.config = even_rows(config, self.mesh)
        with processes.first_alone("data"):
            generate_scenes(config, directory)
        self.sources = training_sources(config, directory)
        rows = {f"rows of {name}": source.digest for name, source in self.sources.items()}
        processes.check_alike(rows, "give every machine the same files")
        self._check_rows()
        with processes.first_alone("workdir"):
            if not processes.is_first():
                workdir.check_shared(directory)
            workdir.claim(directory, config)
            self.tokenizer = workdir.tokenizer(directory, config, self.sources)
            self.labels = workdir.labels(directory, self.sources)
            self.transitions = workdir.transitions(
                directory, config, self.sources, self.tokenizer, self.labels
            )
        self._images = ImageReader.of(config.model.image, config.data)
        self.model = build_model(config, self.tokenizer, self.labels)
        self.param_shapes = abstract_params(self.model, self.mesh, config.mesh.overrides)

    def _check_rows(self) -> None:
        """Finds a task that lacks rows before the first stage, not hours later in the last one."""
        for stage_name in self.config.stage_order:
            stage = self.config.stages[stage_name]
            for name, task in stage.tasks.items():
                mixture = self._mixture(stage, task)
                parts = task_parts(self._sources_of(task), name, **mixture)
                if task.no_duplicates:
                    check_enough(name, parts, mixture["weights"], task.batch_size)
                if task.hard_negatives:
                    check_has_negatives(name, parts)
                if task.other_text or task.other_image:
                    texts = PictureTexts(parts)  # which raises where pictures have no captions
                    self._check_other_image(f"config.stages.{stage_name}.tasks.{name}", task, texts)

    def _check_other_image(self, key: str, task: Task, texts: PictureTexts) -> None:
        if task.other_image and not texts.any_other_picture and not self._augmentation:
            raise UserError(
                f"{key}.other_image would be the same picture every time, since no two pictures of "
                f"{', '.join(task.datasets)} have the same first caption; set config.data.augment, "
                "or this to False"
            )

    @property
    def _augmentation(self) -> dict[str, Any]:
        augment = self.config.data.augment
        return {} if augment == Augment() else to_dict(augment)

    def _sources_of(self, task: Task) -> dict[str, Source]:
        return {name: self.sources[name] for name in task.datasets}

    def _mixture(self, stage: Stage, task: Task) -> dict[str, Any]:
        """What `task_parts` has to know."""
        return {
            "weights": mixture_weights(stage, task),
            "temperature": self.config.data.language_temperature,
            "languages": task.languages,
            "language_weights": task.language_weights,
        }

    def images(self, stage: Stage) -> ImageReader:
        """In the size that the stage has; what it has in memory lasts while that is the same."""
        config = at_size_of(stage, self.config)
        reader = ImageReader.of(config.model.image, config.data)
        if reader.fitting != self._images.fitting:
            self._images = reader
        return self._images

    def stage(self, name: str, preemption: Preemption) -> None:
        """Trains one stage, unless it is done."""
        directory = workdir.stage_directory(self.directory, self.config, name)
        if checkpoint.is_done(directory):
            logs.console.print(f"[dim]{name}: done before")
            return
        shapes, initial_params = self.stage_shapes(name), partial(self.initial_params, name)
        batches = self.batches(name)
        try:
            run_stage(self.stage_run(name), shapes, initial_params, batches, preemption)
        finally:
            batches.close()

    def stage_run(self, name: str) -> StageRun:
        directory = workdir.stage_directory(self.directory, self.config, name)
        preprocessing = workdir.preprocessing(
            self.directory, self.config, self.labels, self.transitions
        )
        return StageRun(
            name=name,
            key=f"config.stages.{name}",
            config=self.config.stages[name],
            model=self.model,
            mesh=self.mesh,
            seed=self.config.seed,
            workdir=self.directory,
            directory=directory,
            preprocessing=preprocessing,
        )

    def initial_params(self, name: str) -> dict[str, Any]:
        """Random, or brought by `init_from`, or from the stage before."""
        stage, shapes = self.config.stages[name], self.stage_shapes(name)
        position = self.config.stage_order.index(name)
        if position == 0 or stage.init_from:
            params = init_params(self.model, shapes, self.config.seed)
            if not stage.init_from:
                return params
            return init_from.bring(stage, self.config.model, params)
        before = self.config.stage_order[position - 1]
        source = workdir.stage_directory(self.directory, self.config, before)
        if not checkpoint.is_done(source):
            raise UserError(
                f"stage {name!r} starts from stage {before!r}, which is not done in {source}; "
                f"run it first, or set config.stages.{name}.init_from"
            )
        return checkpoint.load_params(source, shapes)

    def stage_shapes(self, name: str) -> dict[str, Any]:
        """Of the parameters as the stage holds them."""
        return stage_shapes(self.config.stages[name], self.param_shapes, f"config.stages.{name}")

    def batches(self, name: str) -> TaskIterators:
        """The stage's tasks as iterators; each task of each stage has an order of its own."""
        tasks = self.config.stages[name].tasks
        datasets = {task: self.task_batches(name, task) for task in tasks}
        data = self.config.data
        return TaskIterators(datasets, threads=data.threads, buffer=data.prefetch)

    def task_batches(self, stage_name: str, name: str) -> MapDataset:
        """Endless batches of one task of a stage."""
        stage = self.config.stages[stage_name]
        task = stage.tasks[name]
        collate = Collate(
            task=name,
            tokenizer=self.tokenizer,
            text_length=task.text_length,
            positive_length=task.positive_length,
            text_rows=processes.rows_of_batch(self.mesh, task.text_rows),
            positive_rows=processes.rows_of_batch(self.mesh, task.positive_rows),
            other_rows=processes.rows_of_batch(self.mesh, task.other_rows),
            negatives=task.hard_negatives,
            prompts=Prompts.of(self.config.tokenizer),
            long_texts=task.long_texts,
            images=self.images(stage),
            labels=self.labels,
            augmentation=self._augmentation,
        )
        return task_batches(
            self._sources_of(task),
            name,
            batch_size=task.batch_size,
            no_duplicates=task.no_duplicates,
            other_text=task.other_text,
            other_image=task.other_image,
            seed=stable_id(str(self.config.seed), stage_name),
            collate=collate,
            share=processes.rows_of_batch(self.mesh, task.batch_size),
            **self._mixture(stage, task),
        )


def mixture_weights(stage: Stage, task: Task) -> dict[str, Weight]:
    """Of the task's data sets: a number, or one for each step of the stage."""
    return {
        name: values(spec, max(1, stage.steps)) if isinstance(spec, dict) else spec
        for name, spec in task.datasets.items()
    }


def build_model(config: Config, tokenizer: TextTokenizer, labels: Labels) -> unimr.UniMR:
    # A data set without intents still gives a model that can be initialised.
    intents = max(1, len(labels.intents))
    return unimr.build(to_dict(config.model), tokenizer.vocab_size, intents, len(labels.bio))
