"""What a config says that its types cannot judge, checked before any work."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.traverse_util import flatten_dict
from jax.sharding import Mesh

from unimr_jax.config import (
    Augment,
    Block,
    Config,
    Data,
    Evaluation,
    ImageTower,
    Model,
    Stage,
    Task,
    TextTower,
    at_size_of,
    choose,
    to_dict,
)
from unimr_jax.data.fits import FITS, INTERPOLATIONS
from unimr_jax.data.packing import rows_of
from unimr_jax.data.tasks import TASKS
from unimr_jax.errors import UserError
from unimr_jax.models import unimr
from unimr_jax.models.adapters import layers
from unimr_jax.models.attention import KERNELS, Segments, obstacle
from unimr_jax.models.blocks import ACTIVATIONS, NORM_ORDERS
from unimr_jax.models.fusion import FUSIONS
from unimr_jax.models.image_tower import STEMS
from unimr_jax.models.nlu import HEAD_BLOCKS
from unimr_jax.models.pooling import POOLINGS
from unimr_jax.models.positions import RESAMPLINGS
from unimr_jax.models.stack import REMATS
from unimr_jax.models.text_tower import POSITIONS
from unimr_jax.training import rules
from unimr_jax.training.optimizer import OPTIMIZERS, SCHEDULES, multipliers
from unimr_jax.training.partitioning import batch_shares
from unimr_jax.training.stage_step import abstract_params
from unimr_jax.training.task_validation import (
    check_not_negative,
    check_positive,
    check_share,
    check_task,
)

# Not float16, in which gradients of small losses vanish: nothing here scales them.
DTYPES = dict.fromkeys(("float32", "bfloat16"))
ANALYSES = dict.fromkeys(Evaluation().analysis)  # all that there are, unless told otherwise
FROZEN_DTYPES = dict.fromkeys(("float32", "bfloat16"))
# Beyond these changes there is no picture left, or what was turned comes round again.
LARGEST_CHANGES = {
    "shift": 1.0,
    "scale": 0.9,
    "brightness": 1.0,
    "contrast": 1.0,
    "saturation": 1.0,
    "hue": 0.5,
}


def check(config: Config) -> None:
    """Raises UserError, naming the key, for a name that no registry has or sizes that clash."""
    _check_model(config.model)
    _check_attention(config)
    _check_fit(config.data, config.model.image)
    _check_augment(config.data.augment, "config.data.augment")
    _check_data(config)
    check_positive(config.tokenizer, "config.tokenizer", "max_records")
    check_positive(config.evaluation, "config.evaluation", "batch_size", "max_length")
    for name in config.evaluation.analysis:
        choose(ANALYSES, name, "config.evaluation.analysis")
    _check_places(config)
    stages = {f"config.stages.{name}": config.stages[name] for name in config.stage_order}
    for key, stage in stages.items():
        _check_stage(config, stage, key)
    _check_adapters(config.model)
    paths = _parameter_paths(config.model)
    for key, stage in stages.items():
        _check_rules(stage, paths, key)


def _check_data(config: Config) -> None:
    data, key = config.data, "config.data"
    check_not_negative(data, key, "threads", "prefetch", "image_cache_mb")
    check_not_negative(data, key, "scenes_size", "scenes_test", "language_temperature")
    if data.scenes_test and not data.scenes_size:
        raise UserError(
            f"{key}.scenes_test={data.scenes_test} asks for test pictures of scenes, of which "
            f"{key}.scenes_size=0 generates none; set both, or set it to 0"
        )
    if data.root and data.scenes_size:
        raise UserError(
            f"{key}.scenes_size={data.scenes_size} writes scenes into the workdir, but data are "
            f"read from {key}.root={data.root!r}; set scenes_size to 0, or leave root empty"
        )
    if not 0 <= config.seed < 2**32:  # of which JAX's keys take the last 32 bits
        raise UserError(f"config.seed={config.seed} must lie between 0 and 2³²")


def check_mesh(config: Config, mesh: Mesh) -> None:
    """Every device holds as much of a batch and of a parameter as any other, in whole blocks.

    Raises:
      UserError: a size that the mesh does not divide, or a broken override.
    """
    _check_batch_sizes(config, mesh)
    # Vocabulary and labels come from the data, and are checked once they are known.
    fitting = mesh.size
    model = unimr.build(to_dict(config.model), fitting, fitting, bio_labels=1 + 2 * fitting)
    abstract_params(model, mesh, config.mesh.overrides)


def _check_batch_sizes(config: Config, mesh: Mesh) -> None:
    shares = batch_shares(mesh)
    for stage_name in config.stage_order:
        for name, task in config.stages[stage_name].tasks.items():
            _check_shares(task, shares, f"config.stages.{stage_name}.tasks.{name}")


def _check_shares(task: Task, shares: int, key: str) -> None:
    for name in ("batch_size", "microbatch"):
        size = getattr(task, name)
        if size % shares:
            raise UserError(
                f"{key}.{name}={size} does not divide over {shares} devices (config.mesh); "
                f"take a multiple of {shares}"
            )
    rows = task.batch_size // shares
    if 0 < task.loss_block < rows and rows % task.loss_block:
        raise UserError(
            f"{key}.loss_block={task.loss_block} does not divide the {rows} rows that a device "
            f"holds of batch_size={task.batch_size}; take a divisor of {rows}"
        )


# ---- pictures ----------------------------------------------------------------------------------


def _check_fit(data: Data, image: ImageTower) -> None:
    choose(FITS, data.fit, "config.data.fit")
    choose(INTERPOLATIONS, data.interpolation, "config.data.interpolation")
    if data.resize and data.fit != "crop":
        raise UserError(
            f"config.data.resize={data.resize} is of fit 'crop', found config.data.fit="
            f"{data.fit!r}; set one of them otherwise"
        )
    if data.resize and data.resize < image.size:
        raise UserError(
            f"config.data.resize={data.resize} leaves less than the config.model.image.size="
            f"{image.size} to cut out; set it to that or above, or to 0"
        )
    if (data.max_patches > 0) != (data.fit == "naflex"):
        raise UserError(
            f"config.data.max_patches={data.max_patches} with config.data.fit={data.fit!r}: it "
            "must be above 0 with 'naflex', and 0 with the others"
        )
    if data.fit == "naflex":
        _check_naflex(data, image)


def _check_naflex(data: Data, image: ImageTower) -> None:
    if image.stem != "linear":
        raise UserError(
            f"config.model.image.stem={image.stem!r} sees beyond a patch, which config.data.fit="
            "'naflex' cuts pictures into; set it to 'linear'"
        )
    if data.augment != Augment():
        raise UserError(
            "config.data.augment changes squares, which config.data.fit='naflex' does not make; "
            "set all of it to 0 and flip to False"
        )


def _check_augment(augment: Augment, key: str) -> None:
    for name, most in LARGEST_CHANGES.items():
        value = getattr(augment, name)
        if not 0 <= value <= most:
            raise UserError(f"{key}.{name}={value} must lie between 0 (none) and {most}")


def _check_image_size(config: Config, stage: Stage, key: str) -> None:
    if not stage.image_size:
        return
    if config.data.fit == "naflex":
        raise UserError(
            f"{key}.image_size={stage.image_size}: pictures of config.data.fit='naflex' have sizes "
            "of their own, which config.data.max_patches bounds; set it to 0"
        )
    _check_size(at_size_of(stage, config).model.image, f"{key}.image_size", "config.model.image")


# ---- model -------------------------------------------------------------------------------------


def _check_model(model: Model) -> None:
    key = "config.model"
    choose(DTYPES, model.dtype, f"{key}.dtype")
    choose(KERNELS, model.attention, f"{key}.attention")
    choose(POOLINGS, model.image.pooling, f"{key}.image.pooling")
    choose(REMATS, model.image.remat, f"{key}.image.remat")
    choose(REMATS, model.text.remat, f"{key}.text.remat")
    choose(STEMS, model.image.stem, f"{key}.image.stem")
    choose(POOLINGS, model.text.pooling, f"{key}.text.pooling")
    choose(POOLINGS, model.nlu.pooling, f"{key}.nlu.pooling")
    choose(FUSIONS, model.nlu.fusion, f"{key}.nlu.fusion")
    choose(HEAD_BLOCKS, model.nlu.block, f"{key}.nlu.block")
    check_positive(model, key, "embed_dim")
    _check_temperatures(model, f"{key}.temperatures")
    _check_image(model.image, f"{key}.image")
    _check_text(model.text, f"{key}.text")
    _check_head(model, f"{key}.nlu")
    _check_layer(model)


def _check_head(model: Model, key: str) -> None:
    nlu = model.nlu
    check_positive(nlu, key, "heads", "reach")
    check_not_negative(nlu, key, "depth")
    check_share(nlu, key, "fusion_dropout")
    if nlu.width < 0:
        raise UserError(f"{key}.width={nlu.width} must be 0, for the text tower's, or above")
    if nlu.block == "attention" and (nlu.width or model.text.width) % (2 * nlu.heads):
        width = f"{key}.width={nlu.width}"
        if not nlu.width:
            width = f"the text tower's width {model.text.width}"
        raise UserError(f"{key}.heads={nlu.heads} does not divide {width} into even heads")


def _check_temperatures(model: Model, key: str) -> None:
    for task, temperature in model.temperatures.items():
        choose(TASKS, task, key)
        check_positive(temperature, f"{key}.{task}", "init", "minimum")
        if temperature.init < temperature.minimum:
            raise UserError(
                f"{key}.{task}.init={temperature.init} is below its minimum "
                f"{temperature.minimum}; raise the one or lower the other"
            )


def _check_text(text: TextTower, key: str) -> None:
    choose(dict.fromkeys(POSITIONS), text.positions, f"{key}.positions")
    check_positive(text, key, "max_positions", "rotary_base", "local_rotary_base", "global_every")
    check_positive(text, key, "embedding_deviation")
    _check_tower(text, key)
    _check_block(text.block, f"{key}.block")
    if text.window < 0:
        raise UserError(f"{key}.window={text.window} must be 0 (see all) or above")
    if text.scan_layers and (text.window or text.block.unnormed_first):
        raise UserError(
            f"{key}.scan_layers compiles one block for all layers, which window and "
            "block.unnormed_first make differ; set it to False"
        )


def _check_places(config: Config) -> None:
    """A table of positions has none for tokens beyond its end, and would repeat its last."""
    text = config.model.text
    lengths = {"config.evaluation.max_length": config.evaluation.max_length}
    for stage, of_stage in config.stages.items():
        for name, task in of_stage.tasks.items():
            key = f"config.stages.{stage}.tasks.{name}"
            lengths[f"{key}.text_length"] = task.text_length
            lengths[f"{key}.positive_length"] = task.positive_length
    for key, length in lengths.items():
        if text.positions == "learned" and length > text.max_positions:
            raise UserError(
                f"{key}={length} is more than config.model.text.max_positions="
                f"{text.max_positions}, which learned positions end at; shorten it"
            )


def _check_block(block: Block, key: str) -> None:
    choose(dict.fromkeys(NORM_ORDERS), block.norm_order, f"{key}.norm_order")
    choose(ACTIVATIONS, block.activation, f"{key}.activation")
    check_positive(block, key, "norm_epsilon")


def _check_image(image: ImageTower, key: str) -> None:
    check_positive(image, key, "size", "patch", "stem_channels")
    _check_size(image, f"{key}.size", key)
    choose(RESAMPLINGS, image.resampling, f"{key}.resampling")
    _check_block(image.block, f"{key}.block")
    if min(image.deviation) <= 0:
        raise UserError(f"{key}.deviation={image.deviation} must be above 0 in every channel")
    if image.block.norm_order != "pre":
        raise UserError(f"{key}.block.norm_order={image.block.norm_order!r}: a ViT's is 'pre'")
    if image.stem == "convolutional" and image.patch % 8:
        raise UserError(
            f"{key}.patch={image.patch} must be a multiple of 8 with the convolutional stem, "
            "which halves the sides three times"
        )
    _check_tower(image, key)
    if image.pooling_heads < 0 or image.width % (image.pooling_heads or image.width):
        raise UserError(
            f"{key}.pooling_heads={image.pooling_heads} must divide {key}.width={image.width}, or "
            "be 0, for heads of 64 features"
        )
    if image.scan_layers and image.block.unnormed_first:
        raise UserError(
            f"{key}.scan_layers compiles one block for all layers, which block.unnormed_first "
            "makes differ; set it to False"
        )


def _check_tower(tower: ImageTower | TextTower, key: str) -> None:
    _check_heads(tower.width, tower.heads, key)
    check_positive(tower, key, "mlp_ratio")
    check_not_negative(tower, key, "depth")
    check_share(tower, key, "dropout")


def _check_size(image: ImageTower, size_key: str, key: str) -> None:
    if image.size < image.patch:
        raise UserError(f"{size_key}={image.size} is less than a patch, {key}.patch={image.patch}")
    if image.stem == "convolutional" and image.size % image.patch:
        raise UserError(f"{size_key}={image.size} is not a multiple of {key}.patch={image.patch}")


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


def _check_attention(config: Config) -> None:
    model = config.model
    for query, segments, window in _attention_inputs(config):
        if reason := obstacle(model.attention, query, segments, window):
            raise UserError(
                f"config.model.attention={model.attention!r} {reason}; 'auto' takes what can run"
            )


def _attention_inputs(config: Config) -> Iterator[tuple[jax.ShapeDtypeStruct, Any, int]]:
    """Queries, segments and window of every shape that training meets, of one row."""
    model, image, text = config.model, config.model.image, config.model.text

    def query(length: int, width: int, heads: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((1, heads, length, width // heads), jnp.dtype(model.dtype))

    def segments(length: int, texts: int = 1) -> Segments:
        return Segments(jax.ShapeDtypeStruct((1, length), jnp.int32), padded=texts == 1)

    head_width = model.nlu.width or text.width
    token, most = image.pooling == "cls", config.data.max_patches
    sizes = {image.size, *(stage.image_size or image.size for stage in config.stages.values())}
    for size in sorted(sizes):
        patches = (most or (size // image.patch) ** 2) + token
        # A picture of fewer patches than most is told from the padding behind it.
        yield query(patches, image.width, image.heads), segments(patches) if most else None, 0
    for task in (task for stage in config.stages.values() for task in stage.tasks.values()):
        for rows in rows_of(task).values():
            own = segments(rows.length, rows.texts)
            yield query(rows.length, text.width, text.heads), own, text.window
            if model.nlu.block == "attention":
                yield query(rows.length, head_width, model.nlu.heads), own, 0


def _parameter_paths(model: Model) -> list[str]:
    """They do not depend on the vocabulary and the labels, which come from the data."""
    tree = unimr.build(to_dict(model), vocab_size=1, intents=1, bio_labels=3)
    params = jax.eval_shape(lambda key: unimr.init(tree, key), jax.random.key(0))
    return list(flatten_dict(nn.meta.unbox(params), sep="/"))


def _check_adapters(model: Model) -> None:
    key = "config.model.adapters"
    if not model.adapters:
        return
    for i, (_, rank) in enumerate(model.adapters):
        if rank <= 0:
            raise UserError(f"{key}[{i}]: rank {rank} must be above 0")
    paths = _parameter_paths(dataclasses.replace(model, adapters=()))
    patterns = [pattern for pattern, _ in model.adapters]
    rules.match_some(patterns, layers(paths), key, "linear layer")


# ---- stages ------------------------------------------------------------------------------------


def _check_stage(config: Config, stage: Stage, key: str) -> None:
    choose(OPTIMIZERS, stage.optimizer.name, f"{key}.optimizer.name")
    choose(SCHEDULES, stage.optimizer.schedule, f"{key}.optimizer.schedule")
    check_positive(stage.optimizer, f"{key}.optimizer", "learning_rate", "clip")
    check_not_negative(stage.optimizer, f"{key}.optimizer", "warmup_steps", "weight_decay")
    check_share(stage.optimizer, f"{key}.optimizer", "b1", "b2")
    choose(FROZEN_DTYPES, stage.frozen_dtype, f"{key}.frozen_dtype")
    check_positive(stage, key, "log_every", "checkpoint_every", "max_skipped", "keep_last")
    check_not_negative(stage, key, "steps", "keep_best")
    _check_image_size(config, stage, key)
    if not stage.tasks:
        raise UserError(f"{key}.tasks is empty; give the stage a task")
    for name, task in stage.tasks.items():
        choose(TASKS, name, f"{key}.tasks")
        check_task(config.model, stage.steps, name, task, f"{key}.tasks.{name}")
    for name in ("init_include", "init_ignore"):
        try:
            re.compile(getattr(stage, name))
        except re.error as error:
            raise UserError(f"{key}.{name}={getattr(stage, name)!r}: {error}") from None


def _check_rules(stage: Stage, paths: list[str], key: str) -> None:
    rates = [rate for rate, _ in multipliers(stage, dict.fromkeys(paths), key).values()]
    if not any(rates):
        raise UserError(f"{key}.rules freeze every parameter; give one a rate above 0")
