"""The shards of a conversion as an Apache Beam pipeline, for as many machines as a runner has."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from unimr_jax.data.convert.convert import Run
from unimr_jax.data.convert.plan import Shard
from unimr_jax.data.convert.write import Conversion, Facts, convert_shard, finished
from unimr_jax.data.sources.directory import open_directory
from unimr_jax.errors import UserError


def write_with_beam(options: str) -> Run:
    """Writes shards where the options, in a shell's spelling, say: --runner=DataflowRunner …

    Source and output must be reachable under the same address from all machines, which need
    this package and requirements-data.txt.
    """

    def run(conversion: Conversion, shards: Sequence[Shard]) -> Iterator[tuple[str, Facts]]:
        beam, pipeline_options = _beam()
        with beam.Pipeline(options=pipeline_options(shlex.split(options))) as pipeline:
            _ = (
                pipeline
                | "shards" >> beam.Create(list(shards))
                | "spread" >> beam.Reshuffle()
                | "write" >> beam.Map(_write, conversion)
            )
        yield from _facts(conversion, shards)

    return run


def _beam() -> tuple[Any, Any]:
    """The module, and the class of a pipeline's options."""
    try:
        import apache_beam
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError as error:
        raise UserError(
            "--beam: needs the package apache-beam, in an environment of its own; "
            "pip install -r requirements-beam.txt"
        ) from error
    return apache_beam, PipelineOptions


def _write(shard: Shard, conversion: Conversion) -> None:
    convert_shard(conversion, shard)


def _facts(conversion: Conversion, shards: Sequence[Shard]) -> Iterator[tuple[str, Facts]]:
    """What the machines left beside the shards."""
    output = open_directory(conversion.output)
    for file in (shard.file for shard in shards if shard.file):
        facts = finished(output, file, conversion.plan)
        if facts is None:
            raise UserError(f"{output}/{file}: was not written whole; start the command again")
        yield file, facts
