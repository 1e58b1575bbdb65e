"""`import`: a pretrained tower as a checkpoint that a stage starts from (`init_from`)."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import orbax.checkpoint as ocp
from flax.traverse_util import flatten_dict, unflatten_dict
from jax.sharding import SingleDeviceSharding

from unimr_jax import config as configs
from unimr_jax.data.tokenizer import TextTokenizer
from unimr_jax.errors import UserError
from unimr_jax.interop import load, processors, tower_settings
from unimr_jax.interop.families import Family
from unimr_jax.interop.weights import Weights, find
from unimr_jax.models import unimr
from unimr_jax.whole import whole_directory, write_json

SETTINGS = "settings.json"  # what a config needs to use the tower
TOKENIZER = "tokenizer"


def import_tower(model: str, tower: str, output: Path, ignore: str) -> None:
    """Writes a tower's parameters, its tokenizer and the settings to use it, and prints these.

    Args:
      model: a directory as transformers saves it, or a name on the Hugging Face hub.
      tower: "text" or "image".
      output: a directory that does not exist yet.
      ignore: regex over what may be missing or left over.

    Raises:
      UserError: nothing usable under that name, or it does not fit, or `output` is there already.
    """
    _check_regex(ignore)
    weights = find(model)
    family = tower_settings.family_of(weights, tower)
    tokenizer = weights.tokenizer() if tower == "text" else None
    settings = settings_of(weights, family)
    params = load.load_tower(weights, shapes_of(settings["model"], tower, tokenizer), ignore)
    _write(output, tower, params, settings, tokenizer)
    _report(output, family, params, settings, weights.prompts)


def _check_regex(ignore: str) -> None:
    try:
        re.compile(ignore)
    except re.error as error:
        raise UserError(f"--ignore={ignore!r} is not a regular expression: {error}") from None


def settings_of(weights: Weights, family: Family) -> dict[str, dict[str, Any]]:
    """What a config needs to have the tower: parts of its sections `model` and `data`."""
    tower, data = tower_settings.needed(weights, family), {}
    if family.tower == "image" and (found := processors.settings_in(weights.directory)):
        tower, data = tower | found["image"], found["data"]
    model = {"embed_dim": load.embedding_width(weights, family), family.tower: tower}
    return {"model": model, "data": data}


def shapes_of(settings: dict[str, Any], tower: str, tokenizer: TextTokenizer | None) -> load.Flat:
    """Of the tower's parameters and its projection's, all on one device."""
    # The rest of the model is as small as can be, since none of it is made.
    rest = {
        "image": {"width": 2, "heads": 1},
        "text": {"width": 2, "heads": 1},
        "nlu": {"heads": 1},
    }
    model = configs.parse({"stages": {}, "stage_order": (), "model": {**rest, **settings}}).model
    vocabulary = tokenizer.vocab_size if tokenizer else 1
    built = unimr.build(configs.to_dict(model), vocabulary, intents=1, bio_labels=1)
    boxed = jax.eval_shape(lambda key: unimr.init(built, key), jax.random.key(0))
    device = SingleDeviceSharding(jax.devices()[0])
    return {
        path: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=device)
        for path, x in flatten_dict(nn.meta.unbox(boxed), sep="/").items()
        if re.fullmatch(brings(tower), path)
    }


def brings(tower: str) -> str:
    """Regex over the parameters that a tower consists of."""
    return rf"({tower}|{tower}_projection)/.*"


def _write(
    output: Path,
    tower: str,
    params: load.Flat,
    settings: Mapping[str, Any],
    tokenizer: TextTokenizer | None,
) -> None:
    with whole_directory(output) as draft:
        with ocp.PyTreeCheckpointer() as checkpointer:
            tree = unflatten_dict(params, sep="/")
            checkpointer.save(draft.absolute() / "0" / "params", tree)
        if tokenizer:
            tokenizer.save(draft / TOKENIZER)
        write_json(draft / SETTINGS, {"brings": brings(tower), **settings})


def _report(
    output: Path,
    family: Family,
    params: load.Flat,
    settings: Mapping[str, Any],
    prompts: Mapping[str, str],
) -> None:
    count = sum(math.prod(x.shape) for x in params.values()) / 1e6
    tower = f"{family.tower} tower of {family.model_type}"
    print(f"{output}: {tower}, {count:.1f} M parameters. To use:\n")
    for line in config_lines(settings):
        print(f"    {line}")
    if family.tower == "text":
        print(f'    config.tokenizer.name = "{output / TOKENIZER}"')
        for name, prompt in prompts.items():
            print(f"    config.tokenizer.{name} = {prompt!r}")
    elif "mean" not in settings["model"]["image"]:
        print("    config.model.image.mean = …  # and .deviation: no processor was there")
    print(f'    config.stages.STAGE.init_from = "{output}"')


def config_lines(settings: Mapping[str, Any]) -> Iterator[str]:
    """The settings that are not the defaults, as lines of a config file."""
    defaults = {
        "model": dataclasses.asdict(configs.Model()),
        "data": dataclasses.asdict(configs.Data()),
    }
    known = flatten_dict(defaults, sep=".")
    for path, value in flatten_dict(dict(settings), sep=".").items():
        if known.get(path) != value:
            yield f"config.{path} = {value!r}"
