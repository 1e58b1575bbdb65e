"""`export`: a trained model in the forms of other tools, with a model card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from unimr_jax.config import choose, to_dict
from unimr_jax.evaluation.analysis.matryoshka import trained_widths
from unimr_jax.interop import hf_export, onnx_export, processors, stablehlo, torch_export
from unimr_jax.interop.model_card import write_model_card
from unimr_jax.interop.parameters import by_layer
from unimr_jax.trained import Trained, load_trained
from unimr_jax.training import workdir
from unimr_jax.whole import whole_directory, write_json


def export(run: Path, format: str, stage: str, output: Path | None, license: str) -> None:
    """Writes a finished stage of a run, as a whole or not at all.

    Args:
      run: the workdir.
      format: one of FORMATS.
      stage: empty: the last one that is done.
      output: None: run/export/FORMAT; must not hold anything yet.
      license: of the weights, for the model card; empty: not stated.

    Raises:
      UserError: no such run, stage or format; the format cannot hold the model; `output` is taken;
        a package that the format needs is not installed.
    """
    write = choose(FORMATS, format, "--format")
    trained = load_trained(run, stage)
    output = output or run / "export" / format
    with whole_directory(output) as draft:
        write(draft, trained)
        write_model_card(draft, run, trained.config, trained.stage, trained.params, license)
    print(f"{output}: stage {trained.stage!r} as {format}; its README.md says how to load it")


def _hf(directory: Path, trained: Trained) -> None:
    """The whole model with code of its own, and each tower that is one of transformers' own."""
    torch_export.write_torch_model(directory, *_parts(trained))
    for tower in ("text", "image"):
        _native_tower(directory / tower, tower, trained)


def _native_tower(directory: Path, tower: str, trained: Trained) -> None:
    settings = to_dict(getattr(trained.config.model, tower))
    fit = trained.config.data.fit if tower == "image" else ""
    family = hf_export.family_for(tower, settings, trained.tokenizer.pad_id, fit)
    if family is None:
        return
    directory.mkdir()
    special = trained.tokenizer.special_ids if tower == "text" else {}
    hf_export.write_tower(directory, family, settings, by_layer(trained.params), special)
    if tower == "text":
        trained.tokenizer.save(directory)
    elif trained.config.data.fit in processors.LAYOUTS:
        config = processors.processor_config(trained.config.model.image, trained.config.data)
        write_json(directory / processors.FILE, config)


def _sentence_transformers(directory: Path, trained: Trained) -> None:
    torch_export.write_sentence_transformer(directory, *_parts(trained))


def _onnx(directory: Path, trained: Trained) -> None:
    onnx_export.write_onnx(directory, *_parts(trained))


def _parts(trained: Trained) -> tuple:
    tokenizer = trained.directory / workdir.TOKENIZER
    prefixes = trained_widths(trained.config, trained.stage)
    return trained.params, trained.config, tokenizer, trained.labels, prefixes


def _stablehlo(directory: Path, trained: Trained) -> None:
    described = workdir.preprocessing(
        trained.directory, trained.config, trained.labels, trained.transitions
    )
    length = trained.config.evaluation.max_length
    stablehlo.write_stablehlo(
        directory, trained.model, trained.params, trained.tokenizer, described, length
    )


FORMATS: Mapping[str, Callable[[Path, Trained], None]] = {
    "hf": _hf,
    "sentence-transformers": _sentence_transformers,
    "onnx": _onnx,
    "stablehlo": _stablehlo,
}
