"""A data set of ours as a TensorFlow Datasets builder: built and read without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from unimr_jax.data.convert.tfds import VERSION, example, features
from unimr_jax.data.pictures import picture_bytes
from unimr_jax.data.record import as_row
from unimr_jax.data.sources import Source, open_splits
from unimr_jax.data.sources.description import read_description
from unimr_jax.data.sources.directory import open_directory
from unimr_jax.data.sources.packages import package

tfds = package("tensorflow_datasets", "tensorflow-datasets", __name__)


@dataclass(eq=False)
class RecordsConfig(tfds.core.BuilderConfig):
    """Which data set: `name` is its name in TFDS, `dataset` a path or an address."""

    dataset: str = ""


class UnimrRecords(tfds.core.GeneratorBasedBuilder):
    """Any data set that the sources read, as `unimr_records/NAME`, in the order of its rows.

        builder = UnimrRecords.of("data/pictures", data_dir="~/tensorflow_datasets")
        builder.download_and_prepare()
        rows = tfds.data_source("unimr_records/pictures", split="train", data_dir=…)

    A row holds the record's fields. The picture itself stands in place of its path (no bytes where
    a row has none: read those with `decoders={"image": tfds.decode.SkipDecoding()}`); the feature
    is left out where no row has one.

    The shards are ArrayRecord, which alone can be written and read without TensorFlow. The command
    `tfds build` cannot: version 4.9.10 imports TensorFlow as it starts.

    Raises:
      UserError: there is no such data set, or a row or a picture is broken.
    """

    VERSION = tfds.core.Version(VERSION)

    @classmethod
    def of(cls, dataset: str, **options: Any) -> UnimrRecords:
        """The builder of the data set at a path or an address; options are those of TFDS."""
        config = RecordsConfig(name=open_directory(dataset).name, dataset=str(dataset))
        return cls(config=config, **{"file_format": "array_record"} | options)

    @cached_property
    def _sources(self) -> dict[str, Source]:
        return dict(open_splits(self.builder_config.dataset))

    def _info(self) -> tfds.core.DatasetInfo:
        about = read_description(open_directory(self.builder_config.dataset)).content
        return tfds.core.DatasetInfo(
            builder=self,
            description=about.get("description", self.builder_config.name),
            features=features(any(map(_has_pictures, self._sources.values()))),
            license=about.get("licence"),
            homepage=about.get("source"),
            disable_shuffling=True,
        )

    def _split_generators(self, _: Any) -> dict[str, Iterator]:
        return {split: self._generate_examples(source) for split, source in self._sources.items()}

    def _generate_examples(self, source: Source) -> Iterator[tuple[int, dict[str, Any]]]:
        for row in range(len(source)):
            record = source[row]
            picture = picture_bytes(source.picture(record)) if record.image else None
            values = example(as_row(record), picture)
            yield row, {name: values[name] for name in self.info.features}


def _has_pictures(source: Source) -> bool:
    return any(len(source.rows(task)) for task in ("text_to_image", "query_to_image"))
