"""Memory of the reader: a large index, and ten epochs of it through the input pipeline.

    python -m tests.benchmarks.reader_memory --rows=10000000

Writes a data set of that many text–text rows to a temporary directory, opens it as training does,
and reads `--batches` batches of 1,000 rows at the start of each epoch (0: the whole epoch).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from unimr_jax.data.pipeline import task_batches
from unimr_jax.data.sources import Source, open_split

EPOCHS, BATCH = 10, 1000
LANGUAGES = ("en", "de", "sw", "zh")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--batches", type=int, default=100)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        data = write_rows(Path(directory) / "large", flags.rows)
        start, before = time.perf_counter(), memory("VmRSS")
        source = open_split(data, "train")
        seconds = time.perf_counter() - start
        print(f"opened {len(source):,} rows in {seconds:.0f} s; ", end="")
        print(
            f"{before:.0f} MiB before, {memory('VmRSS'):.0f} after, {memory('VmHWM'):.0f} at most"
        )
        for epoch, used in enumerate(read_epochs(source, flags.batches), start=1):
            print(f"epoch {epoch}: {used:.0f} MiB")
    print(f"at most {memory('VmHWM'):.0f} MiB")


def write_rows(directory: Path, count: int) -> Path:
    directory.mkdir()
    (directory / "dataset.json").write_text("{}")
    with (directory / "train.jsonl").open("w") as file:
        for i in range(count):
            row = {"id": f"row-{i}", "lang": LANGUAGES[i % 4], "text": f"caption number {i}"}
            file.write(json.dumps(row | {"positive": f"passage {i}", "positive_lang": "en"}) + "\n")
    return directory


def read_epochs(source: Source, batches: int):
    """Yields the memory in use after each epoch, in MiB."""
    stream = task_batches(
        {source.name: source},
        "text_to_text",
        weights={source.name: 1.0},
        batch_size=BATCH,
        temperature=1.0,
        seed=0,
        collate=lambda examples, draws: [example.record.text for example in examples],
    )
    per_epoch = len(source) // BATCH
    for epoch in range(EPOCHS):
        for i in range(batches or per_epoch):
            stream[epoch * per_epoch + i]
        yield memory("VmRSS")


def memory(key: str) -> float:
    """Of this process, in MiB, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) / 1024


if __name__ == "__main__":
    main()
