from __future__ import annotations

from itertools import count

from unimr_jax.data.record import Record
from unimr_jax.evaluation.galleries import build_benchmark

NUMBERS = count()


def row(lang: str, text: str, **fields) -> Record:
    return Record(str(next(NUMBERS)), lang, text, **fields)


def spelled_out(records: list[Record]) -> dict[tuple[str, str], list]:
    """For each task and language, per gallery: its items, and every query with its positives."""
    benchmark = build_benchmark(records)
    tasks: dict[tuple[str, str], list] = {}
    for task in benchmark.tasks:
        sources, targets = benchmark.items(task.source), benchmark.items(task.target)
        gallery = [targets[i] for i in task.gallery]
        queries = {
            sources[query]: {gallery[place] for place in own}
            for query, own in zip(task.queries, task.positives, strict=True)
        }
        assert len(queries) == len(task.queries), "a query appears once"
        assert len(set(gallery)) == len(gallery), "a gallery holds distinct items"
        tasks.setdefault((task.name, task.lang), []).append((set(gallery), queries))
    return tasks


def test_captions_search_all_images_and_images_the_captions_of_a_language():
    tasks = spelled_out(
        [
            row("en", "a dog", image="1.png"),
            row("en", "a hound", image="1.png"),
            row("de", "ein Hund", image="1.png"),
            row("de", "eine Katze", image="2.png"),
        ]
    )
    images = {"1.png", "2.png"}
    assert tasks == {
        ("text_to_image", "en"): [(images, {"a dog": {"1.png"}, "a hound": {"1.png"}})],
        ("text_to_image", "de"): [(images, {"ein Hund": {"1.png"}, "eine Katze": {"2.png"}})],
        ("image_to_text", "en"): [({"a dog", "a hound"}, {"1.png": {"a dog", "a hound"}})],
        ("image_to_text", "de"): [
            ({"ein Hund", "eine Katze"}, {"1.png": {"ein Hund"}, "2.png": {"eine Katze"}})
        ],
    }


def test_rows_of_equal_language_and_text_are_one_query():
    tasks = spelled_out([row("en", "a dog", image="1.png"), row("en", "a dog", image="2.png")])
    assert tasks["text_to_image", "en"] == [({"1.png", "2.png"}, {"a dog": {"1.png", "2.png"}})]
    assert tasks["image_to_text", "en"] == [({"a dog"}, {"1.png": {"a dog"}, "2.png": {"a dog"}})]


def test_equal_texts_of_two_languages_are_two_queries_encoded_once():
    records = [row("en", "piano", image="1.png"), row("fr", "piano", image="2.png")]
    tasks = spelled_out(records)
    assert tasks["text_to_image", "en"][0][1] == {"piano": {"1.png"}}
    assert tasks["text_to_image", "fr"][0][1] == {"piano": {"2.png"}}
    assert build_benchmark(records).items("text") == ("piano",)


def test_rows_with_an_intent_are_queries_and_no_captions():
    tasks = spelled_out(
        [
            row("en", "find a dog", image="1.png", intent="find"),
            row("en", "a cat", image="2.png"),
        ]
    )
    images = {"1.png", "2.png"}
    assert tasks == {
        ("query_to_image", "en"): [(images, {"find a dog": {"1.png"}})],
        ("text_to_image", "en"): [(images, {"a cat": {"2.png"}})],
        ("image_to_text", "en"): [({"a cat"}, {"2.png": {"a cat"}})],
    }


def test_all_positives_of_a_language_are_one_gallery():
    tasks = spelled_out(
        [
            row("en", "dog", positive="Ein Hund bellt.", positive_lang="de"),
            row("fr", "chien", positive="Ein Hund bellt.", positive_lang="de"),
            row("en", "find cats", positive="Katzen.", positive_lang="de", intent="find"),
            row("en", "cat", positive="A cat.", positive_lang="en"),
        ]
    )
    german = {"Ein Hund bellt.", "Katzen."}
    assert tasks == {
        ("text_to_text", "en"): [
            (german, {"dog": {"Ein Hund bellt."}}),
            ({"A cat."}, {"cat": {"A cat."}}),
        ],
        ("text_to_text", "fr"): [(german, {"chien": {"Ein Hund bellt."}})],
        ("query_to_text", "en"): [(german, {"find cats": {"Katzen."}})],
    }


def test_a_text_with_positives_in_two_languages_searches_each_gallery():
    tasks = spelled_out(
        [
            row("en", "dog", positive="Hund", positive_lang="de"),
            row("en", "dog", positive="Dogge", positive_lang="de"),
            row("en", "dog", positive="chien", positive_lang="fr"),
        ]
    )
    assert tasks["text_to_text", "en"] == [
        ({"Hund", "Dogge"}, {"dog": {"Hund", "Dogge"}}),
        ({"chien"}, {"dog": {"chien"}}),
    ]


def test_a_triple_serves_both_query_tasks():
    record = row(
        "en", "find a dog", image="1.png", positive="Dogs.", positive_lang="en", intent="find"
    )
    assert set(spelled_out([record])) == {("query_to_image", "en"), ("query_to_text", "en")}


def test_items_are_distinct_and_encoded_as_what_they_are():
    benchmark = build_benchmark(
        [
            row("en", "dog", image="1.png", positive="A dog.", positive_lang="en"),
            row("en", "dog", image="1.png", intent="find"),
            row("en", "wake me at six", intent="alarm"),
            row("en", "neither pair nor utterance"),
        ]
    )
    assert set(benchmark.items("image")) == {"1.png"}
    assert set(benchmark.items("text")) == {"dog", "A dog."}
    assert set(benchmark.items("query")) == {"dog", "wake me at six"}


def test_no_rows_no_tasks():
    assert build_benchmark([]).tasks == ()
