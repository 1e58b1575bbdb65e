"""What a config says that its types cannot judge, checked before any work."""

from __future__ import annotations

import re

import jax
from flax import linen as nn
from flax.traverse_util import flatten_dict
from jax.sharding import Mesh

from unimr_jax.config import Config, ImageTower, Model, Stage, Task, choose, to_dict
from unimr_jax.data.images import FITS
from unimr_jax.data.tasks import TASKS
from unimr_jax.errors import UserError
from unimr_jax.losses import CONTRASTIVE, LOSSES
from unimr_jax.losses.schedules import weight_schedule
from unimr_jax.models import unimr
from unimr_jax.models.blocks import POOLINGS
from unimr_jax.models.fusion import FUSIONS
from unimr_jax.models.image_tower import STEMS
from unimr_jax.training.optimizer import OPTIMIZERS, SCHEDULES, multipliers

DTYPES = dict.fromkeys(("float32", "bfloat16", "float16"))


def check(config: Config) -> None:
    """Raises UserError, naming the key, for a name that no registry has or sizes that clash."""
    _check_model(config.model)
    choose(FITS, config.data.fit, "config.data.fit")
    _check_positive(config.evaluation, "config.evaluation", "batch_size", "max_length")
    stages = {f"config.stages.{name}": config.stages[name] for name in config.stage_order}
    for key, stage in stages.items():
        _check_stage(config, stage, key)
    paths = _parameter_paths(config.model)
    for key, stage in stages.items():
        _check_rules(stage, paths, key)


def check_batch_sizes(config: Config, mesh: Mesh) -> None:
    """Every device holds as many examples of a task as any other.

    Raises:
      UserError: a batch size that the mesh does not divide.
    """
    shares = mesh.shape["data"] * mesh.shape["fsdp"]
    for stage_name in config.stage_order:
        for name, task in config.stages[stage_name].tasks.items():
            if task.batch_size % shares:
                raise UserError(
                    f"config.stages.{stage_name}.tasks.{name}.batch_size={task.batch_size} does "
                    f"not divide over {shares} devices (config.mesh); take a multiple of {shares}"
                )


def _check_positive(section: object, key: str, *names: str) -> None:
    for name in names:
        value = getattr(section, name)
        if value <= 0:
            raise UserError(f"{key}.{name}={value} must be above 0")


# ---- model -------------------------------------------------------------------------------------


def _check_model(model: Model) -> None:
    key = "config.model"
    choose(DTYPES, model.dtype, f"{key}.dtype")
    choose(POOLINGS, model.image.pooling, f"{key}.image.pooling")
    choose(STEMS, model.image.stem, f"{key}.image.stem")
    choose(POOLINGS, model.text.pooling, f"{key}.text.pooling")
    choose(POOLINGS, model.nlu.pooling, f"{key}.nlu.pooling")
    choose(FUSIONS, model.nlu.fusion, f"{key}.nlu.fusion")
    _check_positive(model, key, "embed_dim")
    _check_temperatures(model, f"{key}.temperatures")
    _check_image(model.image, f"{key}.image")
    _check_heads(model.text.width, model.text.heads, f"{key}.text")
    _check_positive(model.nlu, f"{key}.nlu", "heads")
    if model.text.width % (2 * model.nlu.heads):
        raise UserError(
            f"{key}.nlu.heads={model.nlu.heads} does not divide the text tower's width "
            f"{model.text.width} into even heads"
        )
    _check_layer(model)


def _check_temperatures(model: Model, key: str) -> None:
    for task, temperature in model.temperatures.items():
        choose(TASKS, task, key)
        _check_positive(temperature, f"{key}.{task}", "init", "minimum")
        if temperature.init < temperature.minimum:
            raise UserError(
                f"{key}.{task}.init={temperature.init} is below its minimum "
                f"{temperature.minimum}; raise the one or lower the other"
            )


def _check_image(image: ImageTower, key: str) -> None:
    _check_positive(image, key, "size", "patch", "stem_channels")
    if image.size % image.patch:
        raise UserError(f"{key}.size={image.size} is not a multiple of {key}.patch={image.patch}")
    if image.stem == "convolutional" and image.patch % 8:
        raise UserError(
            f"{key}.patch={image.patch} must be a multiple of 8 with the convolutional stem, "
            "which halves the sides three times"
        )
    _check_heads(image.width, image.heads, key)


def _check_heads(width: int, heads: int, key: str) -> None:
    """Heads are of even width, since rotary positions turn pairs of features."""
    if min(width, heads) <= 0 or width % (2 * heads):
        raise UserError(f"{key}.width={width} must be an even multiple of {key}.heads={heads}")


def _check_layer(model: Model) -> None:
    highest = model.text.depth - (model.nlu.fusion == "film")  # which needs a block to modulate
    if not 0 <= model.nlu.layer <= highest:
        raise UserError(
            f"config.model.nlu.layer={model.nlu.layer} must lie between 0 and {highest} with "
            f"config.model.text.depth={model.text.depth} and fusion {model.nlu.fusion!r}"
        )


def _parameter_paths(model: Model) -> list[str]:
    """They do not depend on the vocabulary and the labels, which come from the data."""
    tree = unimr.build(to_dict(model), vocab_size=1, intents=1, bio_labels=1)
    params = jax.eval_shape(lambda key: unimr.init(tree, key), jax.random.key(0))
    return list(flatten_dict(nn.meta.unbox(params), sep="/"))


# ---- stages ------------------------------------------------------------------------------------


def _check_stage(config: Config, stage: Stage, key: str) -> None:
    choose(OPTIMIZERS, stage.optimizer.name, f"{key}.optimizer.name")
    choose(SCHEDULES, stage.optimizer.schedule, f"{key}.optimizer.schedule")
    _check_positive(
        stage, key, "steps", "log_every", "checkpoint_every", "max_skipped", "keep_last"
    )
    if stage.keep_best < 0:
        raise UserError(f"{key}.keep_best={stage.keep_best} must be 0 or more")
    if not stage.tasks:
        raise UserError(f"{key}.tasks is empty; give the stage a task")
    for name, task in stage.tasks.items():
        choose(TASKS, name, f"{key}.tasks")
        _check_task(config, name, task, f"{key}.tasks.{name}")
    try:
        re.compile(stage.init_include)
    except re.error as error:
        raise UserError(f"{key}.init_include={stage.init_include!r}: {error}") from None


def _check_rules(stage: Stage, paths: list[str], key: str) -> None:
    rates = [rate for rate, _ in multipliers(stage, dict.fromkeys(paths), key).values()]
    if not any(rates):
        raise UserError(f"{key}.rules freeze every parameter; give one a rate above 0")


def _check_task(config: Config, name: str, task: Task, key: str) -> None:
    _check_positive(task, key, "batch_size", "text_length", "positive_length")
    if not task.losses or not task.datasets:
        raise UserError(f"{key} needs at least one data set and one loss")
    for loss, weight in task.losses.items():
        choose(LOSSES, loss, f"{key}.losses")
        _check_weight(weight, f"{key}.losses.{loss}")
        if loss in CONTRASTIVE:
            _check_contrastive(config, name, loss, key)
        elif name.startswith("text_"):
            raise UserError(f"{key}.losses.{loss}: rows of {name} have no intent; use a query task")
    for width in task.matryoshka:
        if not 0 < width < config.model.embed_dim:
            raise UserError(
                f"{key}.matryoshka={task.matryoshka}: {width} does not lie between 0 and "
                f"config.model.embed_dim={config.model.embed_dim}"
            )


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
