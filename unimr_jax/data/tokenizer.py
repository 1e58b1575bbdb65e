"""Text to tokens of static length, with any Hugging Face fast tokenizer or one trained here."""

from __future__ import annotations

import copy
import json
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from unimr_jax import config
from unimr_jax.errors import UserError

SPECIAL_TOKENS = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
WORD_START = "▁"
# Characters that stand alone: punctuation, symbols, digits, and scripts without spaces.
_ALONE = (
    r"[[\p{P}\p{S}\p{N}\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
    rf"&&[^{WORD_START}]]"
)
_PLAIN = ("PreTrainedTokenizerFast", "TokenizersBackend")  # in transformers 4 and 5
_COVERAGE = 0.9995  # of the characters of the training text; the rest is spelt in bytes
_ALPHABET_SHARE = 0.5  # of the vocabulary, at most, goes to single characters


class Prompts(NamedTuple):
    """What comes before texts that the model encodes as queries, and before all others."""

    query: str = ""
    document: str = ""

    @classmethod
    def of(cls, tokenizer: config.Tokenizer) -> Prompts:
        return cls(tokenizer.query_prompt, tokenizer.document_prompt)


class Encoded(NamedTuple):
    """Tokens of n texts. Offsets are half-open character spans of the text as it was given."""

    tokens: np.ndarray  # int32 [n, length]
    mask: np.ndarray  # bool [n, length], False at padding
    # int32 [n, length, 2], (0, 0) at tokens of the prompt, special tokens and padding
    offsets: np.ndarray


class TextTokenizer:
    """A Hugging Face fast tokenizer that returns arrays of static length; thread-safe."""

    def __init__(self, tokenizer):
        """`tokenizer` is a transformers PreTrainedTokenizerFast with a pad token."""
        self._tokenizer = tokenizer
        self._backends: dict[int, Tokenizer] = {}  # by length: truncation is state of a backend
        self._lock = threading.Lock()

    @classmethod
    def load(cls, name_or_directory: str | Path) -> TextTokenizer:
        """Loads a tokenizer from a directory or by its name on the Hugging Face hub."""
        try:
            tokenizer = _class_of(Path(name_or_directory)).from_pretrained(str(name_or_directory))
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(
                f"tokenizer {str(name_or_directory)!r} cannot be loaded ({reason}); "
                "give a directory with tokenizer.json or a name on the Hugging Face hub"
            ) from error
        return cls(_usable(tokenizer, name_or_directory))

    @property
    def vocab_size(self) -> int:
        return len(self._tokenizer)

    @property
    def pad_id(self) -> int:
        return self._tokenizer.pad_token_id

    @property
    def special_ids(self) -> dict[str, int]:
        """As a transformers config names them: `pad_token_id` and those others that there are."""
        names = ("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id")
        ids = {name: getattr(self._tokenizer, name) for name in names}
        return {name: number for name, number in ids.items() if number is not None}

    def save(self, directory: Path) -> None:
        self._tokenizer.save_pretrained(str(directory))

    def encode(self, texts: Sequence[str], length: int, prompt: str = "") -> Encoded:
        """Truncates and pads every text to `length` tokens, prompt and special tokens included.

        Offsets leave out the white space around a token and take in the combining characters
        that normalisation joined to it.
        """
        prompted = [prompt + text for text in texts]
        encodings = self._backend(length).encode_batch(prompted)
        tokens, mask = self._padded(encodings, length)
        offsets = np.zeros((*mask.shape, 2), np.int32)
        offsets[mask] = _joined((e.offsets for e in encodings), (2,))
        offsets = np.maximum(_tight(offsets, prompted) - len(prompt), 0)
        return Encoded(tokens, mask, offsets)

    def tokens(
        self, texts: Sequence[str], length: int, prompt: str = ""
    ) -> tuple[np.ndarray, np.ndarray]:
        """Tokens int32 and mask bool [n, length] as `encode` gives, in half the time."""
        encodings = self._backend(length).encode_batch_fast([prompt + text for text in texts])
        return self._padded(encodings, length)

    def _padded(self, encodings: Sequence, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and mask [n, length]; NumPy pads in a fraction of the time that Rust takes."""
        lengths = np.array([len(e) for e in encodings], np.int32)
        mask = np.arange(length) < lengths[:, None]
        tokens = np.full(mask.shape, self.pad_id, np.int32)
        tokens[mask] = _joined(e.ids for e in encodings)
        return tokens, mask

    def lengths(self, texts: Sequence[str]) -> np.ndarray:
        """Tokens of every whole text, special tokens included: int32 [n]."""
        encodings = self._whole.encode_batch_fast(list(texts))
        return np.array([len(e) for e in encodings], np.int32)

    def spans(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Of every whole text the offsets of its tokens as in `encode`: int32 [tokens, 2].

        Special tokens, and others that own no character, are left out.
        """
        encodings = self._whole.encode_batch(list(texts))
        spans = [np.array(e.offsets, np.int32).reshape(1, -1, 2) for e in encodings]
        tight = [_tight(own, [text])[0] for own, text in zip(spans, texts, strict=True)]
        return [own[own[:, 0] < own[:, 1]] for own in tight]

    @cached_property
    def _whole(self) -> Tokenizer:
        backend = copy.deepcopy(self._tokenizer.backend_tokenizer)
        backend.encode_special_tokens = True
        backend.no_truncation()
        backend.no_padding()
        return backend

    def _backend(self, length: int) -> Tokenizer:
        with self._lock:
            if length not in self._backends:
                self._backends[length] = self._fixed_length(length)
            return self._backends[length]

    def _fixed_length(self, length: int) -> Tokenizer:
        backend = copy.deepcopy(self._tokenizer.backend_tokenizer)
        backend.encode_special_tokens = True  # "[SEP]" in a text is five characters
        backend.enable_truncation(length, direction=self._tokenizer.truncation_side)
        backend.no_padding()
        return backend


def _joined(lists: Iterable[list], shape: tuple[int, ...] = ()) -> np.ndarray:
    """One after the other: int32 [all elements, *shape]."""
    return np.array(list(chain.from_iterable(lists)), np.int32).reshape(-1, *shape)


def _class_of(directory: Path) -> type:
    """What loads it. Of tokenizers that need no class of their own, as those trained here, this is
    what AutoTokenizer finds as well, after three seconds of imports.
    """
    import transformers

    try:
        named = json.loads((directory / "tokenizer_config.json").read_text("utf-8"))
        plain = named["tokenizer_class"] in _PLAIN
    except (OSError, ValueError, LookupError, TypeError):  # not here, or broken
        plain = False
    return transformers.PreTrainedTokenizerFast if plain else transformers.AutoTokenizer


def _usable(tokenizer, name: str | Path):
    if not tokenizer.is_fast:
        raise UserError(f"tokenizer {str(name)!r} is a slow one; convert it to tokenizer.json")
    if tokenizer.pad_token_id is None:
        raise UserError(
            f"tokenizer {str(name)!r} has no pad token; add pad_token to tokenizer_config.json"
        )
    return tokenizer


# ---- offsets -----------------------------------------------------------------------------------


def _tight(offsets: np.ndarray, texts: Sequence[str]) -> np.ndarray:
    """Offsets [n, length, 2] that start and end at characters that are theirs.

    Works on all texts at once: positions in their concatenation, with a space after each.
    """
    codes = np.frombuffer(" ".join([*texts, " "]).encode("utf-32-le"), np.uint32)
    first = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])[:, None, None]  # of each text
    owned = offsets[..., 0] < offsets[..., 1]
    starts, ends = (offsets + first)[owned].T  # [tokens that own characters]
    space, joins = _character_classes(codes)
    starts = np.minimum(_next(~space)[starts], ends)
    ends = np.maximum(_previous(~space)[ends - 1] + 1, starts)
    joins[starts] = False  # a mark that is a token of its own stays one
    ends = _next(~joins)[ends]
    tight = np.zeros_like(offsets)
    tight[owned] = np.stack([starts, ends], axis=-1) - np.broadcast_to(first, offsets.shape)[owned]
    return tight


def _character_classes(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every character: is it white space; may normalisation join it to the one before."""
    distinct, place = np.unique(codes, return_inverse=True)
    characters = [chr(code) for code in distinct]
    space = np.array([character.isspace() for character in characters])
    joins = np.array([_joins(character) for character in characters])
    return space[place], joins[place]


def _joins(character: str) -> bool:
    """Combining marks, and the vowels and finals that a Hangul syllable is composed of."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first).startswith("M") or "\u1161" <= first <= "\u11c2"


def _next(holds: np.ndarray) -> np.ndarray:
    """For every position the first one at or after it where `holds`, else the last position."""
    positions = np.where(holds, np.arange(len(holds)), len(holds) - 1)
    return np.minimum.accumulate(positions[::-1])[::-1]


def _previous(holds: np.ndarray) -> np.ndarray:
    """For every position the last one at or before it where `holds`, else 0."""
    return np.maximum.accumulate(np.where(holds, np.arange(len(holds)), 0))


# ---- training ----------------------------------------------------------------------------------


def train_tokenizer(texts: Iterable[str], vocab_size: int, directory: Path) -> TextTokenizer:
    """Trains a byte-pair tokenizer of at most `vocab_size` tokens and saves it for Hugging Face.

    Text is lower-cased in NFKC; white space is kept only as the mark of a word start; a character
    outside the vocabulary is spelt in bytes, so that nothing is unknown. Equal texts give an
    equal tokenizer.
    """
    texts = list(texts)
    pieces = _trained_pieces(texts, vocab_size - len(SPECIAL_TOKENS) - 256)
    tokenizer = _with_bytes(pieces)
    _as_fast_tokenizer(tokenizer).save_pretrained(str(directory))
    return TextTokenizer.load(directory)


def _trained_pieces(texts: Sequence[str], size: int) -> dict:
    """Vocabulary and merges of a plain byte-pair model of `size` pieces."""
    if size < 2:
        raise UserError("tokenizer vocabulary too small for bytes and text; ask for 1024 or more")
    tokenizer = _empty(models.BPE())
    alphabet = _alphabet(texts, int(size * _ALPHABET_SHARE))
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _model_of(tokenizer)


def _alphabet(texts: Iterable[str], limit: int) -> list[str]:
    """The most frequent characters. The trainer's own choice breaks ties at random."""
    normalise = _normalizer().normalize_str
    counts = Counter()
    for text in texts:
        counts.update(normalise(text))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    covered = np.cumsum([count for _, count in ordered])
    enough = int(np.searchsorted(covered, _COVERAGE * covered[-1])) + 1 if ordered else 0
    kept = [character for character, _ in ordered[: min(enough, limit - 1)]]
    return sorted({WORD_START, *kept})


def _with_bytes(pieces: dict) -> Tokenizer:
    """Special tokens, the 256 bytes, then the trained pieces in their order."""
    trained = sorted(pieces["vocab"], key=pieces["vocab"].get)
    byte_names = [f"<0x{byte:02X}>" for byte in range(256)]
    vocab = {name: i for i, name in enumerate([*SPECIAL_TOKENS.values(), *byte_names, *trained])}
    merges = [tuple(merge) for merge in pieces["merges"]]
    model = models.BPE(vocab, merges, byte_fallback=True, unk_token=SPECIAL_TOKENS["unk_token"])
    tokenizer = _empty(model)
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS.values()))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocab[name]) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def _empty(model: models.Model) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = _normalizer()
    tokenizer.pre_tokenizer = _pre_tokenizer()
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(WORD_START), decoders.Fuse()]
    )
    return tokenizer


def _normalizer() -> normalizers.Normalizer:
    return normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])


def _pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    """Words carry the word start; what stands alone does not, so that it is always one piece."""
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(_ALONE), "isolated"),
            pre_tokenizers.Metaspace(WORD_START, prepend_scheme="always", split=True),
            pre_tokenizers.Split(Regex(f"{WORD_START}(?={_ALONE})"), "removed"),
        ]
    )


def _model_of(tokenizer: Tokenizer) -> dict:
    return json.loads(tokenizer.to_str())["model"]


def _as_fast_tokenizer(tokenizer: Tokenizer):
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL_TOKENS)
