"""How many pictures and texts a second become vectors on this device, by batch size.

    python -m tests.benchmarks.encode_rates   # one GPU, the sizes of configs/base.py
    python -m tests.benchmarks.encode_rates --config=configs/base.py:tiny --batches 32 256

JPEGs of 320 × 256 pixels from files, captions and passages, all from raw to vectors in host memory;
and the same batches by the device alone, one after another, that have waited in its memory. Where
the first takes as long as the second, reading and tokenising are hidden. The share of the matrix
peak, measured in the same process, is of the second. Parameters are random. Keys of the config are
set as everywhere, with --config.KEY=VALUE.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
from rich.console import Console
from rich.table import Table

from tests.benchmarks import captioned
from unimr_jax import config_file
from unimr_jax.config import Config, to_dict
from unimr_jax.data.images import ImageReader
from unimr_jax.data.labels import Labels
from unimr_jax.data.tokenizer import Prompts, TextTokenizer
from unimr_jax.models import unimr
from unimr_jax.retrieval.encoder import ModelEncoder
from unimr_jax.training.bench.peak import matrix_peak
from unimr_jax.training.dataless import DatalessRun
from unimr_jax.training.flops import matrix_flops
from unimr_jax.training.stage_step import init_params

LABELS = (60, 55)  # intents and slots
LONGEST = 512  # tokens
WORD_COUNTS = {"captions": (6, 14), "passages": (80, 160)}  # at least and at most
REPEATS = 3


@dataclass(frozen=True)
class Work:
    name: str
    items: Sequence[Any]
    verb: str  # the encoder's method
    program: str  # what it calls on the device


class Encoders:
    """Of one set of parameters, for any batch size."""

    def __init__(self, config: Config, tokenizer: TextTokenizer):
        run = DatalessRun(config, *LABELS)
        self._settings, self._like = to_dict(config.model), run.model
        self._params = init_params(run.model, run.param_shapes, seed=0)
        self._images = ImageReader.of(config.model.image, replace(config.data, image_cache_mb=0))
        self._tokenizer = tokenizer

    def of(self, batch_size: int, **settings: Any) -> ModelEncoder:
        """With these settings of the model."""
        like = self._like.text.vocab_size, self._like.nlu.intents, self._like.nlu.bio_labels
        return ModelEncoder(
            unimr.build(self._settings | settings, *like),
            self._params,
            self._tokenizer,
            Labels((), ()),
            transitions=None,
            images=self._images,
            batch_size=batch_size,
            max_length=LONGEST,
            prompts=Prompts(),
        )


def seconds(run: Callable[[], Any]) -> float:
    """The fastest of a few."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        jax.block_until_ready(run())
        times.append(time.perf_counter() - began)
    return min(times)


def recorded(encoder: ModelEncoder, work: Work) -> list[tuple]:
    """What the program is called with for all items, in the device's memory."""
    calls, program = [], getattr(encoder, work.program)

    def noting(*inputs: Any) -> jax.Array:
        calls.append(jax.device_put(inputs))
        return program(*inputs)

    setattr(encoder, work.program, noting)
    getattr(encoder, work.verb)(work.items)
    setattr(encoder, work.program, program)
    return calls


def flops(encoder: ModelEncoder, work: Work, calls: Sequence[tuple]) -> int:
    """Of matrix products; of an encoder whose attention is traced as such."""
    program = getattr(encoder, work.program)
    shapes = [jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), c) for c in calls]
    several = {str(shape): shape for shape in shapes}
    each = {key: matrix_flops(jax.make_jaxpr(program)(*shape)) for key, shape in several.items()}
    return sum(each[str(shape)] for shape in shapes)


def measured(encoders: Encoders, work: Work, batch_size: int, peak: float) -> Iterator[str]:
    """Cells of the table: all work, the device's part, how far one hides the other."""
    encoder = encoders.of(batch_size)
    calls = recorded(encoder, work)  # which compiles
    whole = seconds(lambda: getattr(encoder, work.verb)(work.items))
    alone = seconds(lambda: [getattr(encoder, work.program)(*call) for call in calls])
    counted = flops(encoders.of(batch_size, attention="einsum"), work, calls)
    for taken in (whole, alone):
        yield f"{len(work.items) / taken:,.0f}"
    yield f"{alone / whole:.0%}"
    yield f"{counted / alone / peak:.1%}"


def works(pictures: Path, count: int) -> Iterator[Work]:
    yield Work("pictures", sorted(pictures.iterdir()), "encode_images", "_image")
    for name, words in WORD_COUNTS.items():
        yield Work(name, captioned.texts(count, words), "encode_documents", "_document")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default="configs/base.py")
    parser.add_argument("--batches", type=int, nargs="+", default=[64, 256, 1024, 4096])
    parser.add_argument("--items", type=int, default=16384)
    flags, overrides = parser.parse_known_args()
    config = config_file.load(flags.config, overrides)
    peak = matrix_peak(config.model.dtype)
    header = ("", "batch", "a second", "device alone", "of it", "of the peak")
    table = Table(*header, title=f"{jax.devices()[0].device_kind}, {config.model.dtype}")
    with tempfile.TemporaryDirectory() as scratch:
        data = captioned.write(Path(scratch, "data"), flags.items)
        encoders = Encoders(config, TextTokenizer.load(data / "tokenizer"))
        for work in works(data / "images", flags.items):
            for batch_size in flags.batches:
                table.add_row(work.name, str(batch_size), *row(encoders, work, batch_size, peak))
    Console().print(table)


def row(encoders: Encoders, work: Work, batch_size: int, peak: float) -> list[str]:
    """Larger batches than the device has memory for are part of the answer."""
    try:
        return list(measured(encoders, work, batch_size, peak))
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        return ["out of memory"]


if __name__ == "__main__":
    main()
