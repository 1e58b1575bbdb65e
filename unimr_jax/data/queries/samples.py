"""A sheet of queries to read, language by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unimr_jax.data.queries.compose import Query

PER_LANGUAGE = 24


def sheet(samples: Mapping[str, Sequence[Query]]) -> str:
    """Markdown: for each language its queries, slots as `[text](label)`."""
    sections = (_section(language, samples[language]) for language in sorted(samples))
    return "# Samples\n\nSlots are written [text](label).\n" + "".join(sections)


def _section(language: str, queries: Sequence[Query]) -> str:
    lines = "".join(f"- `{query.intent}` {_marked(query)}\n" for query in queries)
    return f"\n## {language}\n\n{lines}"


def _marked(query: Query) -> str:
    pieces, end = [], 0
    for slot in query.slots:
        pieces.append(query.text[end : slot["start"]])
        end = slot["end"]
        pieces.append(f"[{query.text[slot['start'] : end]}]({slot['label']})")
    return "".join([*pieces, query.text[end:]])
