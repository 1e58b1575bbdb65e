"""What NLU costs: parameters by part, and the time to encode a query with and without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from statistics import median
from typing import Any, NamedTuple

import jax
import numpy as np

from unimr_jax.evaluation.analysis.section import Section, Table
from unimr_jax.evaluation.analysis.subject import Subject
from unimr_jax.evaluation.examples import spread
from unimr_jax.evaluation.galleries import Benchmark
from unimr_jax.models.unimr import UniMR

PARTS = {
    "image": "image tower",
    "text": "text tower",
    "nlu": "NLU head",
    "fuse": "fusion",
    "films": "fusion",
    "image_projection": "projections",
    "text_projection": "projections",
    "scales": "temperatures",
}
SECONDS = 1.0  # of measuring, for each size of batch …
ROUNDS = 5  # … and at least so many rounds

Encode = Callable[[Any, np.ndarray, np.ndarray], jax.Array]


class Latency(NamedTuple):
    """Median seconds of a batch."""

    batch: int
    tokens: int  # of every text, padding included
    without: float
    fused: float

    @property
    def ratio(self) -> float:
        return self.fused / self.without


def study(subject: Subject) -> Section | None:
    """None where there is no text to encode."""
    parameters = parameters_by_part(subject.trained.params)
    texts = _texts(subject.findings.benchmark)
    if not texts:
        return None
    batches = sorted({1, subject.trained.config.evaluation.batch_size})
    latencies = [_latency(subject, texts, batch) for batch in batches]
    return Section(
        title="Cost",
        said=[
            f"{sum(parameters.values()):,} parameters: "
            + ", ".join(f"{name} {own:,}" for name, own in parameters.items()),
            *(f"with NLU {own.ratio:.2f}× the time at batch {own.batch}" for own in latencies),
        ],
        note="Median time of the text encoder for the same texts as documents, without NLU, and "
        f"as queries, by turns, on {jax.devices()[0].device_kind}; texts are tokens already.",
        values={"parameters": parameters, "latency": [_values(own) for own in latencies]},
        table=Table(
            ("tokens", "without NLU, ms", "with NLU, ms", "ratio"), list(map(_row, latencies))
        ),
    )


def parameters_by_part(params: Mapping[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in sorted(params, key=list(PARTS).index):
        size = sum(x.size for x in jax.tree.leaves(params[name]))
        counts[PARTS[name]] = counts.get(PARTS[name], 0) + size
    return counts


def by_turns(
    one: Callable[[], object], other: Callable[[], object], clock: Callable[[], float]
) -> tuple[float, float]:
    """Median seconds of either, run in turn so that what slows the machine slows both."""
    spent: tuple[list[float], list[float]] = ([], [])
    end = clock() + SECONDS
    while len(spent[0]) < ROUNDS or clock() < end:
        for run, own in zip((one, other), spent, strict=True):
            start = clock()
            run()
            own.append(clock() - start)
    return median(spent[0]), median(spent[1])


def _texts(benchmark: Benchmark) -> tuple[str, ...]:
    return benchmark.items("query") or benchmark.items("text")


def _latency(subject: Subject, texts: Sequence[str], batch: int) -> Latency:
    trained = subject.trained
    chosen = list(islice(cycle(spread(texts, batch)), batch))
    tokens, mask = subject.encoder.padded_queries(chosen)
    runs = [
        _ready(jax.jit(encode), trained.params, tokens, mask) for encode in encoders(trained.model)
    ]
    return Latency(batch, tokens.shape[1], *by_turns(*runs, time.perf_counter))


def encoders(model: UniMR) -> tuple[Encode, Encode]:
    """Texts to vectors without NLU and with it, whatever the config says of documents."""
    plain = model.clone(fuse_documents=False)

    def without(params: Any, tokens: np.ndarray, mask: np.ndarray) -> jax.Array:
        return plain.apply({"params": params}, tokens, mask, method="encode_document")

    def fused(params: Any, tokens: np.ndarray, mask: np.ndarray) -> jax.Array:
        return model.apply({"params": params}, tokens, mask, method="encode_query").embedding

    return without, fused


def _ready(encode: Encode, *inputs: Any) -> Callable[[], object]:
    """Compiled, and warm."""

    def run() -> object:
        return jax.block_until_ready(encode(*inputs))

    run()
    return run


def _values(own: Latency) -> dict[str, float]:
    return {
        "batch": own.batch,
        "tokens": own.tokens,
        "seconds_without": own.without,
        "seconds_with": own.fused,
        "ratio": own.ratio,
    }


def _row(own: Latency) -> tuple[str, ...]:
    milliseconds = (f"{1000 * seconds:.2f}" for seconds in (own.without, own.fused))
    return (f"batch {own.batch}", str(own.tokens), *milliseconds, f"{own.ratio:.2f}")
