"""What a config says that only the registries can judge, checked before any work."""

from __future__ import annotations

from unimr_jax.config import Config, Model, Stage, Task, choose
from unimr_jax.data.images import FITS
from unimr_jax.data.tasks import TASKS
from unimr_jax.errors import UserError
from unimr_jax.losses import CONTRASTIVE, LOSSES
from unimr_jax.losses.schedules import weight_schedule
from unimr_jax.models.blocks import POOLINGS
from unimr_jax.models.fusion import FUSIONS
from unimr_jax.training.optimizer import OPTIMIZERS, SCHEDULES


def check(config: Config) -> None:
    """Raises UserError, naming the key, for a name that no registry has or sizes that clash."""
    _check_model(config.model)
    choose(FITS, config.data.fit, "config.data.fit")
    for name, stage in config.stages.items():
        _check_stage(config, stage, f"config.stages.{name}")


def _check_model(model: Model) -> None:
    choose(POOLINGS, model.image.pooling, "config.model.image.pooling")
    choose(POOLINGS, model.text.pooling, "config.model.text.pooling")
    choose(FUSIONS, model.nlu.fusion, "config.model.nlu.fusion")
    if model.image.size % model.image.patch:
        raise UserError(
            f"config.model.image.size={model.image.size} is not a multiple of "
            f"config.model.image.patch={model.image.patch}"
        )
    for tower, section in (("image", model.image), ("text", model.text)):
        if section.width % section.heads or section.width // section.heads % 2:
            raise UserError(
                f"config.model.{tower}.width={section.width} must be an even multiple of "
                f"config.model.{tower}.heads={section.heads}"
            )
    if model.text.width % model.nlu.heads or model.text.width // model.nlu.heads % 2:
        raise UserError(
            f"config.model.nlu.heads={model.nlu.heads} does not divide the text tower's width "
            f"{model.text.width} into even heads"
        )
    if not 0 <= model.nlu.layer <= model.text.depth:
        raise UserError(
            f"config.model.nlu.layer={model.nlu.layer} must lie between 0 and "
            f"config.model.text.depth={model.text.depth}"
        )


def _check_stage(config: Config, stage: Stage, key: str) -> None:
    choose(OPTIMIZERS, stage.optimizer.name, f"{key}.optimizer.name")
    choose(SCHEDULES, stage.optimizer.schedule, f"{key}.optimizer.schedule")
    if stage.steps < 1 or not stage.tasks:
        raise UserError(f"{key} needs at least one step and one task")
    for name, task in stage.tasks.items():
        choose(TASKS, name, f"{key}.tasks")
        _check_task(config, name, task, f"{key}.tasks.{name}")


def _check_task(config: Config, name: str, task: Task, key: str) -> None:
    for loss, weight in task.losses.items():
        choose(LOSSES, loss, f"{key}.losses")
        _check_weight(weight, f"{key}.losses.{loss}")
        if loss in CONTRASTIVE:
            _check_contrastive(config, name, loss, key)
        elif name.startswith("text_"):
            raise UserError(f"{key}.losses.{loss}: rows of {name} have no intent; use a query task")


def _check_weight(weight: object, key: str) -> None:
    try:
        weight_schedule(weight)
    except ValueError as error:
        raise UserError(f"{key}: {error}") from None


def _check_contrastive(config: Config, name: str, loss: str, key: str) -> None:
    if name == "nlu":
        raise UserError(f"{key}.losses.{loss}: the nlu task has no pairs; use a query task")
    temperature = config.model.temperatures.get(name)
    if temperature is None:
        raise UserError(f"config.model.temperatures.{name} is missing; {key} is contrastive")
    if loss == "sigmoid" and temperature.bias is None:
        raise UserError(
            f"config.model.temperatures.{name}.bias is missing; the sigmoid loss needs one"
        )
