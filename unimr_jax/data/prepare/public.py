"""`prepare coco_captions` and its like: public sets from their own files."""

from __future__ import annotations

import argparse
from pathlib import Path

from unimr_jax.data.prepare.preparation import Preparation, add_output

# What `--help` says of each; the sets themselves are in data/public/sets.py.
HELP = {
    "coco_captions": "photos with five English captions each",
    "multi30k": "captions of Flickr30k in four languages; the photos have to be got by hand",
    "xtd10": "a test set of 1,000 photos with captions in eleven languages",
    "crossmodal3600": "a test set of 3,600 photos with captions in 36 languages",
    "massive": "utterances with intents and slots in 51 languages",
    "miracl": "questions, passages and hard negatives in 18 languages",
    "xquad": "a test set of questions and paragraphs in 12 languages",
    "tatoeba": "sentences of 42 languages with their English translation",
    "emoji": "drawings of emoji with names and keywords in 47 languages",
}


def _add_flags(parser: argparse.ArgumentParser) -> None:
    add_output(parser)
    parser.add_argument("--languages", default="", metavar="A,B", help="these alone")
    parser.add_argument(
        "--source", type=Path, metavar="DIR", help="files got by hand: nothing is downloaded"
    )


def _run(flags: argparse.Namespace) -> None:
    from unimr_jax.data.public.sets import PUBLIC
    from unimr_jax.data.public.write import write_public_set

    public = PUBLIC[flags.name]
    print(f"{flags.name}: {public.description}\nlicence: {public.licence}\nfrom: {public.source}")
    languages = [tag for tag in flags.languages.split(",") if tag]
    counts = write_public_set(flags.name, public, flags.output, languages, flags.source)
    rows = ", ".join(f"{split} {count:,}" for split, count in counts.items())
    print(f"{flags.output}: {rows} rows")


PUBLIC_SETS = {name: Preparation(text, _add_flags, _run) for name, text in HELP.items()}
