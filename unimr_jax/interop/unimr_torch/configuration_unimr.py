"""What a UniMR model is made of, and how its texts and pictures are prepared."""

from __future__ import annotations

from typing import Any

from transformers import PretrainedConfig


class UniMRConfig(PretrainedConfig):
    """`id2label` names the intents.

    Args:
      embed_dim: features of an embedding.
      image, text, nlu: the settings of either tower and of the NLU head.
      temperatures: of every contrastive task that the model was trained on.
      vocab_size: tokens that the text tower knows.
      bio_labels: of the slot logits, "O" first.
      fitting: how pictures are brought to the shape that the image tower reads; see `unimr_images`.
      prompts: what comes before texts, by "query" and "document".
      max_seq_length: tokens that a text is cut to.
      matryoshka_dimensions: prefixes of embeddings that were trained; renormalise what you cut.
    """

    model_type = "unimr"

    def __init__(
        self,
        embed_dim: int = 0,
        image: dict[str, Any] | None = None,
        text: dict[str, Any] | None = None,
        nlu: dict[str, Any] | None = None,
        temperatures: dict[str, Any] | None = None,
        vocab_size: int = 0,
        bio_labels: list[str] | None = None,
        fitting: dict[str, Any] | None = None,
        prompts: dict[str, str] | None = None,
        max_seq_length: int = 128,
        matryoshka_dimensions: list[int] | None = None,
        **kwargs: Any,
    ):
        self.embed_dim = embed_dim
        self.image, self.text, self.nlu = image, text, nlu
        self.temperatures = temperatures
        self.vocab_size = vocab_size
        self.bio_labels = bio_labels
        self.fitting, self.prompts = fitting, prompts
        self.max_seq_length = max_seq_length
        self.matryoshka_dimensions = matryoshka_dimensions
        super().__init__(**kwargs)
