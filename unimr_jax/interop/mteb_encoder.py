"""A trained model as mteb, the benchmark of embeddings, wants one (Enevoldsen et al., 2025).

mteb.evaluate(MtebEncoder.load(Path("runs/a")), mteb.get_tasks(["STS22.v2"]))
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from unimr_jax.data.datasets import training_descriptions
from unimr_jax.errors import UserError
from unimr_jax.trained import Trained, load_trained
from unimr_jax.training.digest import params_sha256

try:
    from mteb.languages.iso_mappings import _hf_lang_to_iso_lang_script as language_and_script
    from mteb.models import ModelMeta
    from mteb.models.abs_encoder import AbsEncoder
    from mteb.types import PromptType
except ImportError as error:
    raise UserError(f"mteb: {error}; run: pip install 'mteb>=2.26,<3'") from error

if TYPE_CHECKING:
    from mteb.abstasks.task_metadata import TaskMetadata
    from mteb.types import BatchedInput
    from torch.utils.data import DataLoader

MODALITIES = ("text", "image")  # in the order in which they are encoded
FOREIGN = ("audio", "video")  # mteb's others


class MtebEncoder(AbsEncoder):
    """Queries are encoded as queries, all other texts as documents, without prompts."""

    def __init__(self, trained: Trained):
        self.mteb_model_meta = model_meta(trained)
        self._encoder = trained.encoder()

    @classmethod
    def load(cls, workdir: Path, stage: str = "") -> MtebEncoder:
        """A run's last finished stage, or the one named; errors are those of `load_trained`."""
        return cls(load_trained(workdir, stage))

    def encode(
        self,
        inputs: DataLoader[BatchedInput],
        *,
        task_metadata: TaskMetadata,
        hf_split: str,
        hf_subset: str,
        prompt_type: PromptType | None = None,
        **kwargs: Any,
    ) -> np.ndarray:
        """Unit vectors, float32 [n, dim]; of a row with text and image, their sum as one.

        Batches have the sizes that the run's config says; what mteb asks for is ignored.

        Raises:
          UserError: rows with audio or video.
        """
        given = _modalities(inputs.dataset.features, task_metadata.name)
        parts = [self._encode(name, _column(inputs, name), prompt_type) for name in given]
        return parts[0] if len(parts) == 1 else _normalized(sum(parts))

    def _encode(
        self, modality: str, items: Iterable[Any], prompt_type: PromptType | None
    ) -> np.ndarray:
        if modality == "image":
            return self._encoder.encode_images(items)
        if prompt_type == PromptType.query:
            return self._encoder.embed_queries(list(items))
        return self._encoder.encode_documents(list(items))


def _modalities(columns: Iterable[str], task: str) -> list[str]:
    for modality in FOREIGN:
        if modality in columns:
            raise UserError(f"task {task}: its rows have {modality}; the model encodes text, image")
    given = [modality for modality in MODALITIES if modality in columns]
    if not given:
        raise UserError(f"task {task}: its columns are {[*columns]}; the model needs text, image")
    return given


def _column(inputs: DataLoader[BatchedInput], name: str) -> Iterable[Any]:
    return (item for batch in inputs for item in batch[name])


def _normalized(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def model_meta(trained: Trained) -> ModelMeta:
    """What mteb prints and files results under; the revision changes with the parameters.

    Languages are those of the data sets trained on; unknown if these are no longer there.
    """
    parameters = sum(x.size for x in jax.tree.leaves(trained.params))
    size = sum(x.nbytes for x in jax.tree.leaves(trained.params))
    return ModelMeta(
        loader=None,
        name=f"unimr_jax/{trained.directory.absolute().name}",
        revision=f"{trained.stage}-{params_sha256(trained.params)[:12]}",
        release_date=None,
        languages=_languages(trained) or None,
        n_parameters=parameters,
        memory_usage_mb=size / 2**20,
        max_tokens=trained.config.evaluation.max_length,
        embed_dim=trained.config.model.embed_dim,
        license=None,
        open_weights=None,
        public_training_code=None,
        public_training_data=None,
        framework=["JAX"],
        similarity_fn_name="cosine",
        use_instructions=False,
        training_datasets=None,
        modalities=list(MODALITIES),
    )


def _languages(trained: Trained) -> list[str]:
    descriptions = training_descriptions(trained.config, trained.directory)
    tags = {tag for about in descriptions.values() for tag in about.get("languages", ())}
    return sorted({code for tag in tags if (code := language_and_script(tag.split("-")[0]))})
