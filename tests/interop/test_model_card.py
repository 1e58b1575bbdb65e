"""Model cards: the hub can read the header, and people the rest."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import pytest
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from tests.helpers import random_params, tiny_model
from tests.runs import tiny_config
from unimr_jax.config import Config
from unimr_jax.data.tokenizer import TextTokenizer, train_tokenizer
from unimr_jax.errors import UserError
from unimr_jax.interop import stablehlo
from unimr_jax.interop.model_card import write_model_card

MODEL = tiny_model()
PARAMS = random_params(MODEL)
HOSTILE = "CC | <script>alert(1)</script> [a](http://b) *x* `y`\n# heading\n---\nlicense: mit"
METRICS = {
    "text_to_image/de/recall@1": 0.25,
    "text_to_image/en/recall@1": 0.75,
    "text_to_image/all/recall@1": 0.5,
    "text_to_text/en/recall@1": 0.125,
    "text_to_text/all/recall@1": 0.125,
    "nlu/en/slot_f1": 1.0,
    "nlu/all/slot_f1": 1.0,
}


def write_json(path: Path, values: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


class Run:
    """What a finished run leaves behind that a card reads."""

    def __init__(self, root: Path):
        self.directory, self.output = root / "blue run", root / "export"
        self.output.mkdir()
        self.config: Config = tiny_config(root)
        self.describe("zh-Hant", "de", "en", "de-AT", licence="CC0-1.0")
        write_json(self.directory / "labels.json", {"intents": ["find"], "slots": ["when", "who"]})
        for number, name in enumerate(("text", "nlu", "joint"), 1):
            done = {"step": 4000 * number, "params_sha256": f"{number:064x}"}
            write_json(self.directory / "stages" / f"{number:02d}_{name}" / "DONE.json", done)

    def describe(self, *languages: str, **about: str) -> None:
        values = {"languages": languages, "source": "drawn"} | about
        write_json(Path(self.config.data.root) / "scenes" / "dataset.json", values)

    def report(self, stage: str) -> None:
        facts = {"data": "scenes", "split": "test", "stage": stage}
        write_json(self.directory / "report" / "metrics.json", METRICS)
        write_json(self.directory / "report" / "facts.json", facts)

    def train_prefix(self, stage: str, task: str, width: int) -> None:
        own = self.config.stages[stage]
        tasks = own.tasks | {task: replace(own.tasks[task], matryoshka=(width,))}
        stages = self.config.stages | {stage: replace(own, tasks=tasks)}
        self.config = replace(self.config, stages=stages)

    def card(self, stage: str = "joint", license: str = "") -> tuple[dict[str, Any], str]:
        """(header, text)"""
        path = write_model_card(self.output, self.directory, self.config, stage, PARAMS, license)
        card = ModelCard.load(path)
        return card.data.to_dict(), card.text


@pytest.fixture
def run(tmp_path) -> Run:
    return Run(tmp_path)


def section(text: str, title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)[1]


class TestHeader:
    def test_languages_are_sorted_and_told_by_their_first_subtag(self, run):
        header, text = run.card()
        assert header["language"] == ["de", "en", "zh"]
        assert "de, de-AT, en, zh-Hant" in section(text, "Data")

    def test_means_over_languages_of_a_report_of_this_stage(self, run):
        run.report("joint")
        header, _ = run.card()
        (model,) = header["model-index"]
        assert model["name"] == "blue run"
        values = {
            (result["task"]["name"], metric["type"]): metric["value"]
            for result in model["results"]
            for metric in result["metrics"]
        }
        assert values == {
            ("text_to_image", "recall@1"): 0.5,
            ("text_to_text", "recall@1"): 0.125,
            ("nlu", "slot_f1"): 1.0,
        }

    @pytest.mark.parametrize(
        ("mark", "library", "pipeline"),
        [
            ("modules.json", "sentence-transformers", "sentence-similarity"),
            ("config.json", "transformers", "feature-extraction"),
            ("manifest.json", "jax", "feature-extraction"),
        ],
    )
    def test_says_what_loads_the_model(self, run, mark, library, pipeline):
        write_json(run.output / "below" / mark, {})
        header, text = run.card()
        assert (header["library_name"], header["pipeline_tag"]) == (library, pipeline)
        assert '"below"' in section(text, "How to load it")


class TestLicence:
    def test_is_the_users_to_choose(self, run):
        header, text = run.card(license="apache-2.0")
        assert header["license"] == "apache-2.0"
        assert "The weights: apache-2.0." in section(text, "Licence")

    def test_is_not_made_up(self, run):
        header, text = run.card()
        assert "license" not in header
        assert "not stated" in section(text, "Licence")
        assert "scenes: CC0-1.0" in section(text, "Licence")

    def test_of_data_that_are_gone_is_not_stated(self, run):
        (Path(run.config.data.root) / "scenes" / "dataset.json").unlink()
        assert "scenes: not stated" in section(run.card()[1], "Licence")

    def test_of_weights_to_start_from(self, run):
        stages = run.config.stages
        stages = stages | {"text": replace(stages["text"], init_from="imported/xlmr")}
        run.config = replace(run.config, stages=stages)
        assert "started from imported/xlmr" in section(run.card()[1], "Licence")


class TestText:
    def test_metrics_are_the_mean_and_the_worst_language(self, run):
        run.report("joint")
        metrics = section(run.card()[1], "Metrics")
        assert "| text\\_to\\_image | 50.0 (de 25.0) | – |" in metrics
        assert "Measured on scenes, split test" in metrics

    @pytest.mark.parametrize("reported", [None, "nlu"])
    def test_weights_without_a_report_of_their_stage_were_not_evaluated(self, run, reported):
        if reported:
            run.report(reported)
        header, text = run.card()
        assert "have not been evaluated" in section(text, "Metrics")
        assert "model-index" not in header

    def test_stages_end_with_the_one_exported(self, run):
        training = section(run.card("nlu")[1], "Training")
        assert re.findall(r"(\w+): ([\d,]+) steps", training) == [
            ("text", "4,000"),
            ("nlu", "8,000"),
        ]
        assert f"{2:064x}" in training and f"{3:064x}" not in training

    def test_an_unfinished_stage_is_called_so(self, run):
        (run.directory / "stages" / "03_joint" / "DONE.json").unlink()
        assert "joint: not finished" in section(run.card()[1], "Training")

    def test_counts_parameters(self, run):
        rows = re.findall(r"\| ([\d,]+) \|$", section(run.card()[1], "The model"), re.MULTILINE)
        counted = sum(int(row.replace(",", "")) for row in rows)
        assert len(rows) == 3
        assert counted == sum(x.size for x in jax.tree.leaves(PARAMS | {"scales": {}}))

    def test_what_data_sets_say_of_themselves_is_escaped(self, run):
        plain, _ = run.card()
        before = structure(run.card()[1])
        run.describe("zh-Hant", "de", "en", "de-AT", licence=HOSTILE, source=HOSTILE)
        header, text = run.card()
        assert header == plain
        assert structure(text) == before
        assert "<script>alert(1)</script> [a](http://b) *x* `y` # heading" in words(text)

    @pytest.mark.parametrize("broken, said", [("{", "is no JSON"), ("[]", "not a JSON object")])
    def test_a_broken_description_is_named(self, run, broken, said):
        (Path(run.config.data.root) / "scenes" / "dataset.json").write_text(broken)
        with pytest.raises(UserError, match=f"dataset.json: .*{said}"):
            run.card()

    def test_prefixes_are_those_trained_so_far(self, run):
        for stage, task, width in (("text", "text_to_text", 8), ("joint", "query_to_image", 4)):
            run.train_prefix(stage, task, width)
        assert "Prefixes of 4, 8 numbers" in run.card("joint")[1]
        assert "Prefixes of 8 numbers" in run.card("nlu")[1]

    def test_pictures_of_one_size(self, run):
        text = run.card()[1]
        size = run.config.model.image.size
        assert f"pictures of {size} × {size} pixels" in section(text, "The model")
        assert f"brought to {size} × {size} pixels (crop)" in section(text, "Limits")

    def test_how_the_processor_of_a_tower_differs_from_training(self, run):
        for tower in ("image", "text"):
            write_json(run.output / tower / "config.json", {})
        text = run.card()[1]
        assert text.count("How its image processor differs from training:") == 1
        assert "- JPEGs of more than twice the size needed" in text

    def test_pictures_of_any_shape(self, run):
        data = replace(run.config.data, fit="naflex", max_patches=6)
        run.config = replace(run.config, data=data)
        text, size = run.card()[1], run.config.model.image.size
        assert f"{size} × {size}" not in text
        assert "at most 6 in a picture of any shape" in section(text, "The model")
        assert "brought to at most 6 patches" in section(text, "Limits")


class TestPrompts:
    """Texts begin in the card's code as they did in training."""

    @pytest.fixture(params=["modeling_unimr.py", "manifest.json", "encode_image.onnx"])
    def loading(self, request, run):
        """What a format's card says of loading, by the prompts of queries and documents."""

        def loading(query: str, document: str) -> str:
            write_json(run.output / "below" / request.param, {})
            prompts = {"query_prompt": query, "document_prompt": document}
            run.config = replace(run.config, tokenizer=replace(run.config.tokenizer, **prompts))
            return section(run.card()[1], "How to load it")

        return loading

    def test_stand_before_texts(self, loading):
        text = loading('say "query": ', "passage: ")
        assert r'["say \"query\": could you' in text and '["passage: two' in text
        assert r'stands "say \"query\": ", before captions and passages "passage: "' in words(text)

    def test_there_may_be_none(self, loading):
        text = loading("", "")
        assert '["could you' in text and '["two' in text and "Before queries" not in text

    def test_of_queries_alone(self, loading):
        text = loading("query: ", "")
        assert '["query: could you' in text and '["two' in text
        assert 'stands "query: ", before captions and passages nothing' in words(text)


def tokens(text: str) -> list:
    return MarkdownIt("commonmark").enable("table").parse(text)


def structure(text: str) -> list[str]:
    """Of the Markdown, its text left out."""
    inner = [child for token in tokens(text) for child in token.children or ()]
    return [
        token.type
        for token in (*tokens(text), *inner)
        if token.type not in ("text", "text_special")
    ]


def words(text: str) -> str:
    inner = [child for token in tokens(text) for child in token.children or ()]
    return "".join(token.content for token in inner)


def test_the_code_for_stablehlo_runs(run, monkeypatch):
    functions = stablehlo.functions_of
    monkeypatch.setattr(
        stablehlo,
        "functions_of",
        lambda model: {
            k: v for k, v in functions(model).items() if k.endswith(("document", "query"))
        },
    )
    train_tokenizer(["two red stars"], 300, run.directory / "tokenizer")
    tokenizer = TextTokenizer.load(run.directory / "tokenizer")
    stablehlo.write_stablehlo(run.output / "stablehlo", MODEL, PARAMS, tokenizer, {}, 16)
    code = re.search(r"```python\n(.*?)```", run.card()[1], re.DOTALL)[1]
    monkeypatch.chdir(run.output)
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["documents"].shape == names["queries"].shape == (1, MODEL.embed_dim)
