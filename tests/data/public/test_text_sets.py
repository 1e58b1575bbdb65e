"""MIRACL, XQuAD, Tatoeba: texts and what answers or translates them."""

from __future__ import annotations

import json

import pytest

from tests.data.public.layouts import compressed
from unimr_jax.data.public import tatoeba
from unimr_jax.errors import UserError


class TestMiracl:
    @pytest.fixture
    def files(self, source):
        """Swahili, whose corpus is one file."""
        passages = [
            {"docid": "39#0", "title": "Albedo", "text": "Ni uwezo wa uso."},
            {"docid": "39#1", "title": "Albedo", "text": "Theluji."},
            {"docid": "7#0", "title": "Nairobi", "text": "Mji mkuu."},
        ]
        corpus = "".join(json.dumps(own) + "\n" for own in passages)
        compressed(source / "miracl-corpus-v1.0-sw-docs-0.jsonl.gz", corpus)
        for split in ("train", "dev"):
            topics = "q1\tAlbedo ni nini?\nq2\tbila hukumu\n"
            (source / f"topics.miracl-v1.0-sw-{split}.tsv").write_text(topics)
            qrels = "q1\tQ0\t39#0\t1\nq1\tQ0\t7#0\t0\nq1\tQ0\t39#1\t1\n"
            (source / f"qrels.miracl-v1.0-sw-{split}.tsv").write_text(qrels)
        return source

    def test_rows(self, files, prepared):
        _, splits = prepared("miracl", files, ["sw"])
        assert splits.keys() == {"train", "validation"}
        first, second = splits["validation"]
        assert (first.id, first.text) == ("sw/q1/39#0", "Albedo ni nini?")
        assert first.positive == "Albedo\nNi uwezo wa uso."
        assert second.positive == "Albedo\nTheluji."
        assert first.negatives == second.negatives == ("Nairobi\nMji mkuu.",)

    def test_another_table(self, files, prepared):
        (files / "qrels.miracl-v1.0-sw-train.tsv").write_text("q1 Q0 39#0 1\n")
        with pytest.raises(UserError, match=r"sw-train.tsv:1: 1 columns, not 4"):
            prepared("miracl", files, ["sw"])

    def test_another_corpus(self, files, prepared):
        compressed(files / "miracl-corpus-v1.0-sw-docs-0.jsonl.gz", '{"docid": 3}\n')
        with pytest.raises(UserError, match=r"docs-0.jsonl.gz:1: no passage of MIRACL"):
            prepared("miracl", files, ["sw"])


class TestXquad:
    SQUAD = {
        "data": [
            {
                "title": "Super_Bowl_50",
                "paragraphs": [
                    {
                        "context": " Die Panthers …",
                        "qas": [
                            {"id": "56be", "question": "Wie viele? ", "answers": [{"text": "308"}]}
                        ],
                    }
                ],
            }
        ],
        "version": "1.1",
    }

    def test_rows(self, source, prepared):
        (source / "xquad.de.json").write_text(json.dumps(self.SQUAD))
        (row,) = prepared("xquad", source, ["de"])[1]["test"]
        assert (row.id, row.lang, row.text) == ("de/56be", "de", "Wie viele?")
        assert (row.positive, row.positive_lang) == ("Die Panthers …", "de")

    @pytest.mark.parametrize("content", ["", "[]", '{"data": [{}]}'])
    def test_another_file(self, source, prepared, content):
        (source / "xquad.de.json").write_text(content)
        with pytest.raises(UserError, match=r"xquad.de.json: no SQuAD file"):
            prepared("xquad", source, ["de"])


class TestTatoeba:
    @pytest.fixture
    def files(self, source):
        compressed(source / "eng_sentences.tsv.bz2", "1\teng\tLet's try.\n2\teng\tGo on!\n")
        compressed(source / "deu_sentences.tsv.bz2", "10\tdeu\tVersuchen wir es.\n11\tdeu\tLos!\n")
        links = "10\t1\n10\t2\n11\t99\n12\t1\n"  # 99 is gone, and so is 12
        compressed(source / "deu-eng_links.tsv.bz2", links)
        return source

    def test_rows(self, files, prepared):
        _, splits = prepared("tatoeba", files, ["de"])
        ((row,),) = splits.values()
        assert (row.id, row.lang, row.text) == ("de/10", "de", "Versuchen wir es.")
        assert (row.positive, row.positive_lang) == ("Let's try.", "en")

    def test_a_damaged_file(self, files, prepared):
        whole = (files / "deu_sentences.tsv.bz2").read_bytes()
        (files / "deu_sentences.tsv.bz2").write_bytes(whole[:-9])
        with pytest.raises(UserError, match=r"deu_sentences.tsv.bz2: cannot be read"):
            prepared("tatoeba", files, ["de"])

    def test_most_sentences_are_for_training(self):
        splits = [tatoeba.split_of(f"Sentence {number}.") for number in range(5000)]
        assert 0.97 < splits.count("train") / len(splits) < 0.99
        assert splits.count("validation") > 20 < splits.count("test")
