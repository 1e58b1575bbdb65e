"""The typed, frozen view of a config file.

A config file returns an `ml_collections.ConfigDict` (see `configs/`). `parse` turns it into the
dataclasses below: an unknown key, a missing key or a wrong type is a `UserError` that names the
key and suggests the nearest one. These dataclasses are also the list of all there is to set.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from unimr_jax.errors import UserError

T = TypeVar("T")

# A number, or a schedule over the stage's steps: {"kind": "linear", "init_value": 0.0, …}.
Scheduled = float | dict


@dataclass(frozen=True)
class Block:
    """How a tower's blocks are built: as it stands to be trained from scratch; `import` prints
    what a pretrained tower needs.
    """

    norm_order: str = "pre"  # "post": after the residual sum
    norm_epsilon: float = 1e-6
    norm_bias: bool = True
    unnormed_first: bool = False  # the first block's attention reads its input as it is
    bias: bool = True  # of linear layers
    activation: str = "gelu_tanh"
    gated_mlp: bool = False  # the activation of one half times the other


@dataclass(frozen=True)
class ImageTower:
    """A ViT over square patches."""

    size: int = 64  # pixels a side
    patch: int = 8  # pixels a side
    stem: str = "linear"  # what makes vectors of patches
    stem_channels: int = 24  # of the convolutional stem's first layer
    stem_bias: bool = True
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)  # of red, green, blue between 0 and 1
    deviation: tuple[float, float, float] = (0.5, 0.5, 0.5)
    width: int = 128
    depth: int = 4
    heads: int = 4
    mlp_ratio: float = 4.0
    block: Block = field(default_factory=Block)
    embedding_norm: bool = False  # before the first block
    resampling: str = "bilinear"  # of positions, for pictures of another size
    pooling: str = "map"
    pooling_heads: int = 0  # of map pooling; 0: of 64 features
    dropout: float = 0.0
    scan_layers: bool = False  # compile one block for all, and stack their parameters
    remat: str = "none"  # what a block keeps for the backward pass


@dataclass(frozen=True)
class TextTower:
    """One bidirectional encoder for every kind of text."""

    width: int = 128
    depth: int = 4
    heads: int = 4
    mlp_ratio: float = 4.0
    block: Block = field(default_factory=Block)
    positions: str = "rotary"
    max_positions: int = 512  # of learned ones
    rotary_base: float = 10_000.0
    local_rotary_base: float = 10_000.0  # of blocks with a window
    window: int = 0  # tokens on either side that a block sees; 0: all
    global_every: int = 3  # with a window: every third block sees all, the first among them
    embedding_norm: bool = False  # before the first block
    pooling: str = "mean"
    dropout: float = 0.0
    scan_layers: bool = False
    remat: str = "none"
    embedding_deviation: float = 1.0  # standard, of the word embeddings before training


@dataclass(frozen=True)
class NLU:
    """Intent and slot head, and how its features enter the query embedding."""

    layer: int = 2  # the head reads the token states after this many text blocks
    depth: int = 1  # blocks of the head's own
    heads: int = 4  # of its attention
    pooling: str = "max"  # of token states, for the intent
    fusion: str = "gate"
    fuse_documents: bool = False
    width: int = 0  # of the head's own states: the narrower, the faster; 0: the text tower's
    block: str = "attention"  # or "convolution", which sees what is near, and is faster
    reach: int = 2  # of the first convolution: tokens on either side; every next one's is double
    # In training, the share of texts whose features the fusion does not see, so that queries are
    # understood without them too, as in languages in which the head finds nothing. The fusions none
    # and loss_only see none of them as it is.
    fusion_dropout: float = 0.0


@dataclass(frozen=True)
class Temperature:
    """Learned temperature (and, for the sigmoid loss, bias) of one contrastive task."""

    init: float = 0.07
    minimum: float = 0.01
    bias: float | None = None


@dataclass(frozen=True)
class Model:
    embed_dim: int = 128
    dtype: str = "float32"  # of the computation; losses, and parameters that train, stay float32
    attention: str = "auto"  # the kernel; auto: the fastest that the machine has for the shapes
    image: ImageTower = field(default_factory=ImageTower)
    text: TextTower = field(default_factory=TextTower)
    nlu: NLU = field(default_factory=NLU)
    temperatures: dict[str, Temperature] = field(default_factory=dict)
    # (regex over the path of linear layers, rank), the first match wins: low-rank adapters beside
    # their kernels; ("text/.*/qkv", 8), say. models/adapters.py shows a stage that trains them.
    adapters: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Tokenizer:
    """A Hugging Face tokenizer by directory or hub name; empty: train one on the train split."""

    name: str = ""
    vocab_size: int = 8192
    max_records: int = 1_000_000  # of each data set, at random, that one is trained on
    # What some pretrained encoders want before each text, such as "query: " and "passage: ".
    query_prompt: str = ""
    document_prompt: str = ""  # of captions and passages


@dataclass(frozen=True)
class Augment:
    """Ranges of random change to training pictures; small, since captions speak of the picture."""

    shift: float = 0.0  # of the side
    scale: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    flip: bool = False  # only where no caption says left or right
    saturation: float = 0.0  # this and the next only where no caption names a colour
    hue: float = 0.0  # of the colour circle


@dataclass(frozen=True)
class Data:
    root: str = ""  # the directory that holds the data sets; empty: WORKDIR/data
    scenes_size: int = 0  # training pictures of `scenes` to generate into WORKDIR/data; 0: none
    language_temperature: float = 1.0  # 1: as often as in the data, 0: every language alike
    on_bad_record: str = "stop"
    max_bad_fraction: float = 0.01
    fit: str = "crop"  # how a picture gets the tower's shape
    interpolation: str = "bicubic"
    # Of fit "crop": pixels of the shorter side before the middle is cut out; 0: both in one go.
    resize: int = 0
    max_patches: int = 0  # of fit "naflex", which keeps the shape: patches a picture has at most
    reduced_jpeg: bool = True  # decode a large JPEG at a fraction of its size: faster, less exact
    fast_resize: bool = False  # in a third of the time; 1 value of 250 is rounded otherwise
    image_cache_mb: int = 512
    threads: int = 2
    prefetch: int = 4  # batches of each task that wait in memory
    augment: Augment = field(default_factory=Augment)
    scenes_test: int = 0  # test pictures of generated `scenes`; 0: scenes_size / 8, at most 600


@dataclass(frozen=True)
class Task:
    """One homogeneous batch a step, from a mixture of data sets, under a weighted sum of losses."""

    datasets: dict[str, Scheduled]  # name → weight in the mixture
    batch_size: int
    losses: dict[str, Scheduled]  # name → weight
    languages: tuple[str, ...] = ()  # of texts, those alone; empty: all that the data sets have
    language_weights: dict[str, float] = field(default_factory=dict)  # times its share; else 1
    no_duplicates: bool = False  # no text, positive or picture twice in a batch
    microbatch: int = 0  # examples encoded at a time, for batches beyond the memory; 0: all
    text_length: int = 64  # tokens
    positive_length: int = 128  # tokens
    # What is done with texts beyond these lengths; not with queries, which are always truncated.
    long_texts: str = "truncate"
    # Rows of that many tokens that the batch's texts are packed into, and as many more as it takes
    # for all devices to have equally many; 0: a row for each text. Where texts do not fit, the
    # longest are cut.
    text_rows: int = 0
    positive_rows: int = 0
    hard_negatives: int = 0  # per row
    matryoshka: tuple[int, ...] = ()  # prefix widths trained besides the full one
    loss_block: int = 0  # rows of contrastive logits in memory at once; 0: all of them
    # Of *_to_image: another caption of each picture comes along, in any of the task's languages.
    other_text: bool = False
    other_rows: int = 0  # that these are packed into, of text_length tokens; 0: a row for each
    # Of *_to_image: another picture of the data set with the same first caption comes along, which
    # every text of the first is then taken to describe; if there is none, the same picture,
    # augmented anew.
    other_image: bool = False


@dataclass(frozen=True)
class Optimizer:
    name: str = "adamw"
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warmup_steps: int = 0
    b1: float = 0.9
    b2: float = 0.98
    weight_decay: float = 0.01
    clip: float = 1.0  # global gradient norm


@dataclass(frozen=True)
class Stage:
    steps: int  # 0: hand on what it starts from
    tasks: dict[str, Task]
    # (regex over the parameter path, learning-rate multiplier, weight-decay multiplier): the first
    # match wins; a rate of 0 freezes, at no cost in memory or time.
    rules: tuple[tuple[str, float, float], ...] = ((".*", 1.0, 1.0),)
    optimizer: Optimizer = field(default_factory=Optimizer)
    image_size: int = 0  # pixels a side of its pictures; 0: model.image.size
    # What frozen parameters are stored in, all but scalars; bfloat16 rounds them for good.
    frozen_dtype: str = "float32"
    # Another run's stage directory or a checkpoint in one, an imported tower, a directory of
    # transformers or a name on the hub; several with commas between. Empty: the stage before, else
    # random.
    init_from: str = ""
    init_include: str = ".*"  # regex: the parameters that init_from brings
    init_ignore: str = ""  # regex: what pretrained weights may lack or have left over
    log_every: int = 10
    checkpoint_every: int = 1000
    keep_last: int = 2  # checkpoints
    keep_best: int = 0  # besides those, of the lowest mean loss since the checkpoint before
    max_skipped: int = 10  # so many steps in a row with gradients that are not finite: stop


@dataclass(frozen=True)
class Mesh:
    """Devices along each axis; -1 takes what is left."""

    data: int = -1
    fsdp: int = 1
    tensor: int = 1
    # (regex over the parameter path, mesh axis or None for each dimension): the first match wins;
    # the other parameters lie where their logical axes say.
    overrides: tuple[tuple[str, tuple[str | None, ...]], ...] = ()


@dataclass(frozen=True)
class Evaluation:
    datasets: tuple[str, ...] = ()
    split: str = "test"
    batch_size: int = 256
    max_length: int = 128  # tokens
    # What the report asks besides its metrics; what does not apply to the run is left out.
    analysis: tuple[str, ...] = (
        "tokens",
        "noise",
        "distractors",
        "languages",
        "old_index",
        "matryoshka",
        "cost",
    )


@dataclass(frozen=True)
class Config:
    stages: dict[str, Stage]
    stage_order: tuple[str, ...]
    seed: int = 0
    model: Model = field(default_factory=Model)
    tokenizer: Tokenizer = field(default_factory=Tokenizer)
    data: Data = field(default_factory=Data)
    mesh: Mesh = field(default_factory=Mesh)
    evaluation: Evaluation = field(default_factory=Evaluation)


def at_size_of(stage: Stage, config: Config) -> Config:
    """The config with pictures of the stage's own size, if it has one.

    They show what those of full size show: `data.resize` shrinks along with them.
    """
    image, data = config.model.image, config.data
    size = stage.image_size or image.size
    resize = round(data.resize * size / image.size)
    model = dataclasses.replace(config.model, image=dataclasses.replace(image, size=size))
    return dataclasses.replace(config, model=model, data=dataclasses.replace(data, resize=resize))


def parse(values: Mapping[str, Any]) -> Config:
    """Checks a config file's dictionary and freezes it.

    Raises:
      UserError: an unknown or missing key, or a value of the wrong type.
    """
    if isinstance(values, Mapping):
        _check_stage_order(values.get("stage_order"), values.get("stages"))
    return _dataclass(Config, values, "config")


def _check_stage_order(order: Any, stages: Any) -> None:
    """Comes first, since an override with a misspelt stage makes a new, incomplete one."""
    if not isinstance(order, list | tuple) or not isinstance(stages, Mapping):
        return
    if sorted(map(str, order)) != sorted(stages):
        raise UserError(
            f"config.stage_order={tuple(order)} must name each of config.stages once: "
            f"{', '.join(stages)}"
        )


def type_of(parts: Iterable[str]) -> Any:
    """The type of the value at a key, given in parts; None where there is no such key."""
    found: Any = Config
    for part in parts:
        if dataclasses.is_dataclass(found):
            found = typing.get_type_hints(found).get(part)
        elif typing.get_origin(found) is dict:
            found = typing.get_args(found)[1]
        else:
            return None
    return found


def to_dict(config: Any) -> dict[str, Any]:
    """The JSON-able dictionary of a parsed config: what `config.json` holds."""
    return dataclasses.asdict(config)


def choose(registry: Mapping[str, T], name: str, key: str) -> T:
    """`registry[name]`, or a `UserError` that names the config key and the choices."""
    if name not in registry:
        raise UserError(f"{key}={name!r} is not known{suggestion(name, registry)}")
    return registry[name]


def chosen_stages(config: Config, names: Iterable[str], flag: str) -> list[str]:
    """The named stages, or all, in the order of the config; `flag` is for messages."""
    names = list(names)
    for name in names:
        choose(config.stages, name, flag)
    return [stage for stage in config.stage_order if not names or stage in names]


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest known name, or all of them."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; choose from: {', '.join(known)}"


def _dataclass(cls: type[T], values: Any, key: str) -> T:
    if not isinstance(values, Mapping):
        raise UserError(f"{key} must hold keys of its own, found {values!r}")
    hints = typing.get_type_hints(cls)
    for name in values:
        if name not in hints:
            raise UserError(f"unknown key {key}.{name}{suggestion(name, hints)}")
    for f in dataclasses.fields(cls):
        if f.name not in values and f.default is f.default_factory is dataclasses.MISSING:
            raise UserError(f"{key}.{f.name} is missing; it has no default")
    return cls(**{name: _value(hints[name], v, f"{key}.{name}") for name, v in values.items()})


def _value(hint: Any, value: Any, key: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint, value, key)
    origin = typing.get_origin(hint)
    if origin is dict:
        return _dict(typing.get_args(hint)[1], value, key)
    if origin is tuple:
        return _tuple(typing.get_args(hint), value, key)
    if origin in (types.UnionType, typing.Union):
        return _union(typing.get_args(hint), value, key)
    return _scalar(hint, value, key)


def _dict(hint: Any, values: Any, key: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise UserError(f"{key} must hold keys of its own, found {values!r}")
    return {name: _value(hint, v, f"{key}.{name}") for name, v in values.items()}


def _tuple(hints: tuple[Any, ...], values: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple):
        raise UserError(f"{key} must be a tuple, found {values!r}")
    if hints[-1] is Ellipsis:
        hints = (hints[0],) * len(values)
    if len(hints) != len(values):
        raise UserError(f"{key} must have {len(hints)} entries, found {values!r}")
    return tuple(
        _value(h, v, f"{key}[{i}]") for i, (h, v) in enumerate(zip(hints, values, strict=True))
    )


def _union(hints: tuple[Any, ...], value: Any, key: str) -> Any:
    if value is None and type(None) in hints:
        return None
    if isinstance(value, Mapping) and dict in hints:
        return dict(value)
    return _scalar(hints[0], value, key)


def _scalar(hint: type, value: Any, key: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise UserError(f"{key} must be {hint.__name__}, found {value!r}")
    return value
