"""Graphs of the model in PyTorch; imported only where an export is written."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.export import Dim

from unimr_jax.interop.unimr_torch.configuration_unimr import UniMRConfig
from unimr_jax.interop.unimr_torch.modeling_unimr import UniMRModel

TOLERANCE = 1e-4  # between onnxruntime and PyTorch
BATCH, LENGTH, PATCHES = Dim("batch"), Dim("length"), Dim("patches")


class Graph(NamedTuple):
    """A method of the model, and what it takes and gives."""

    method: str
    inputs: Mapping[str, tuple[Dim | int, ...]]  # name → shape
    outputs: tuple[str, ...]


class Method(nn.Module):
    """A method of a model as a module, which is what can be traced."""

    def __init__(self, model: UniMRModel, name: str):
        super().__init__()
        self.model, self.name = model, name

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        return getattr(self.model, self.name)(*inputs)


def write(directory: Path, settings: dict[str, Any], tensors: Mapping[str, np.ndarray]) -> None:
    """Writes METHOD.onnx for every graph of a model.

    Args:
      settings: of `UniMRConfig`.
      tensors: the parameters, as `torch_export.state_dict` names them.

    Raises:
      ValueError: onnxruntime gives something else than PyTorch.
    """
    model = UniMRModel(UniMRConfig(**settings)).eval()
    model.load_state_dict({name: torch.tensor(x) for name, x in tensors.items()})
    for graph in _graphs(model.config):
        path = directory / f"{graph.method}.onnx"
        _write(path, Method(model, graph.method), graph)
        _check(path, Method(model, graph.method), graph)


def _graphs(config: UniMRConfig) -> tuple[Graph, ...]:
    texts = {"input_ids": (BATCH, LENGTH), "attention_mask": (BATCH, LENGTH)}
    size, pixels = config.fitting["size"], 3 * config.fitting["patch"] ** 2
    pictures = {"pixels": (BATCH, size, size, 3)}
    if config.fitting["fit"] == "naflex":
        pictures = {"pixels": (BATCH, PATCHES, pixels), "grid": (BATCH, 2)}
    # Named apart from the model's own nodes, as "embedding" is not.
    return (
        Graph("encode_image", pictures, ("image_embeds",)),
        Graph("encode_document", texts, ("text_embeds",)),
        Graph("encode_query", texts, ("text_embeds", "intent_logits", "slot_logits")),
    )


def _write(path: Path, method: Method, graph: Graph) -> None:
    """Weights of more than 2 GB, which no ONNX file holds, stand beside it."""
    free = tuple(
        {axis: size for axis, size in enumerate(shape) if not isinstance(size, int)}
        for shape in graph.inputs.values()
    )
    with _quietly():
        program = torch.onnx.export(
            method,
            tuple(_example(graph, {BATCH: 2, LENGTH: 5, PATCHES: 6}).values()),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_shapes={"inputs": free},
            dynamo=True,
            verbose=False,
        )
        program.save(path)


def _check(path: Path, method: Method, graph: Graph) -> None:
    """On sizes other than the traced ones."""
    inputs = _example(graph, {BATCH: 3, LENGTH: 7, PATCHES: 8})
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(None, {name: x.numpy() for name, x in inputs.items()})
    with torch.no_grad():
        expected = method(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    for name, x, y in zip(graph.outputs, found, expected, strict=True):
        difference = np.abs(x - y.numpy()).max()
        if not difference <= TOLERANCE:
            raise ValueError(f"{path}: {name} is off by {difference}")


def _example(graph: Graph, sizes: Mapping[Dim, int]) -> dict[str, Tensor]:
    """Inputs of these sizes, the last text and picture of which are short ones."""
    shapes = {
        name: [sizes.get(size, size) for size in shape] for name, shape in graph.inputs.items()
    }
    generator = torch.Generator().manual_seed(0)
    makers = {
        "input_ids": lambda shape: torch.ones(shape, dtype=torch.int64),
        "attention_mask": _mask,
        "pixels": lambda shape: torch.randint(256, shape, dtype=torch.uint8, generator=generator),
        "grid": lambda shape: torch.tensor([[3, 2]] * (shape[0] - 1) + [[1, 2]], dtype=torch.int32),
    }
    return {name: makers[name](shape) for name, shape in shapes.items()}


def _mask(shape: list[int]) -> Tensor:
    mask = torch.ones(shape, dtype=torch.int64)
    mask[-1, 2:] = 0
    return mask


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what torch says of packages and names that nobody asked for."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
