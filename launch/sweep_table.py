"""What the runs of a sweep score: mean and spread over seeds, as a table and a figure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from launch.sweep_gains import BySeed, Gain, Metrics, gains
from launch.sweep_plan import Run
from unimr_jax.errors import UserError
from unimr_jax.whole import write_atomically

DEFAULT_METRICS = ".*/all/(recall@1|exact_match)"
EXPLAINED = "Percent; mean ± sample standard deviation over seeds."
GAINS_EXPLAINED = (
    "Points over {}; mean ± sample standard deviation over seeds, paired (languages that gain)."
)
COLUMNS = 3  # panels side by side
PANEL = 3.2  # inches wide


@dataclass(frozen=True)
class Scores:
    """One metric of one variant, by seed."""

    by_seed: Mapping[int, float]

    @property
    def mean(self) -> float:
        return fmean(self.by_seed.values())

    @property
    def spread(self) -> float | None:
        """Sample standard deviation; None of a single seed."""
        return stdev(self.by_seed.values()) if len(self.by_seed) > 1 else None

    def __str__(self) -> str:
        spread = "" if self.spread is None else f" ± {100 * self.spread:.1f}"
        return f"{100 * self.mean:.1f}{spread}"

    def to_dict(self) -> dict[str, Any]:
        return {"mean": self.mean, "spread": self.spread, "by_seed": dict(self.by_seed)}


Rows = dict[str, dict[str, Scores]]  # variant → metric → scores
Gains = dict[str, dict[str, Gain]]  # variant → metric → gain
Cells = list[list[str]]  # the header, then a line per variant


def pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UserError(f"--metrics={text}: not a regular expression ({error})") from error


@dataclass(frozen=True)
class Table:
    """`table.md`, `table.json` and `table.png` in the sweep's directory."""

    directory: Path
    metrics: re.Pattern[str]
    command: str  # what made it
    against: str = ""  # the variant that gains are counted from

    def write(self, runs: Sequence[Run]) -> list[Cells]:
        """Writes the three files, unless no run is done; returns the tables of table.md.

        Raises:
          UserError: there are such runs, but no metric matches.
        """
        found = _found(runs)
        rows = self._rows(found)
        if not rows:
            return []
        gained = self._gains(found, rows)
        tables = [list(_cells(rows)), *([list(_gain_cells(rows, gained))] if gained else [])]
        self._write_json(rows, gained)
        text = _markdown(tables, self.command, self.against)
        write_atomically(self.directory / "table.md", text)
        _draw(rows, self.directory / "table.png")
        return tables

    def show(self, runs: Sequence[Run]) -> None:
        """Writes the files and prints the tables."""
        captions = (EXPLAINED, GAINS_EXPLAINED.format(self.against))
        for cells, caption in zip(self.write(runs), captions, strict=False):
            _print(cells, caption)
        print(f"Table: {self.directory / 'table.md'}")

    def _rows(self, found: Mapping[str, BySeed]) -> Rows:
        """Variants and metrics in the order of their first run."""
        rows: Rows = {}
        for variant, by_seed in found.items():
            row: dict[str, dict[int, float]] = {}
            for seed, known in by_seed.items():
                for metric in filter(self.metrics.fullmatch, known):
                    row.setdefault(metric, {})[seed] = known[metric]
            rows[variant] = {metric: Scores(values) for metric, values in row.items()}
        if rows and not any(rows.values()):
            raise UserError(
                f"--metrics={self.metrics.pattern} matches none of the metrics, such as "
                f"{', '.join(list(known)[:3])}"
            )
        return rows

    def _gains(self, found: Mapping[str, BySeed], rows: Rows) -> Gains:
        if self.against not in found:
            return {}
        metrics = [metric for metric in _metrics(rows) if metric.split("/")[1] == "all"]
        return gains(found, self.against, metrics)

    def _write_json(self, rows: Rows, gained: Gains) -> None:
        variants = {
            variant: {metric: scores.to_dict() for metric, scores in row.items()}
            for variant, row in rows.items()
        }
        said = {"command": self.command, "variants": variants}
        if gained:
            said["against"] = self.against
            said["gains"] = {
                variant: {metric: asdict(each) for metric, each in row.items()}
                for variant, row in gained.items()
            }
        write_atomically(self.directory / "table.json", json.dumps(said, indent=1) + "\n")


def _found(runs: Sequence[Run]) -> dict[str, dict[int, Metrics]]:
    """What the runs that are done score, by variant and seed."""
    found: dict[str, dict[int, Metrics]] = {}
    for run in (run for run in runs if run.is_done()):
        known = json.loads(run.metrics_file.read_text(encoding="utf-8"))
        found.setdefault(run.variant or "default", {})[run.seed] = known
    return found


def _print(cells: Cells, caption: str) -> None:
    from rich.console import Console
    from rich.table import Table as RichTable

    header, *lines = cells
    table = RichTable(caption=caption)
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for line in lines:
        table.add_row(*line)
    Console().print(table)


def _metrics(rows: Rows) -> list[str]:
    return list(dict.fromkeys(metric for row in rows.values() for metric in row))


def _short(metric: str) -> str:
    """The mean over languages is what a reader expects; a language is named."""
    return metric.replace("/all/", " ").replace("/", " ")


def _cells(rows: Rows) -> Iterator[list[str]]:
    """The header, then a line per variant."""
    metrics = _metrics(rows)
    yield ["variant", *map(_short, metrics), "seeds"]
    for variant, row in rows.items():
        seeds = sorted({seed for scores in row.values() for seed in scores.by_seed})
        cells = (str(row[metric]) if metric in row else "–" for metric in metrics)
        yield [variant, *cells, ", ".join(map(str, seeds))]


def _gain_cells(rows: Rows, gained: Gains) -> Iterator[list[str]]:
    metrics = [m for m in _metrics(rows) if any(m in row for row in gained.values())]
    yield ["gain of", *map(_short, metrics)]
    for variant, row in gained.items():
        yield [variant, *(str(row.get(metric, "–")) for metric in metrics)]


def _markdown(tables: Sequence[Cells], command: str, against: str) -> str:
    captions = (EXPLAINED, GAINS_EXPLAINED.format(against))
    parts = [
        f"{_markdown_table(cells)}\n\n{caption}"
        for cells, caption in zip(tables, captions, strict=False)
    ]
    return "\n\n".join([*parts, f"```bash\n{command}\n```", "![by variant](table.png)"]) + "\n"


def _markdown_table(cells: Cells) -> str:
    header, *lines = cells
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *lines))


def _draw(rows: Rows, path: Path) -> None:
    """A panel per metric: a dot per seed, and mean ± spread. The axes do not start at zero."""
    from matplotlib.figure import Figure

    metrics = _metrics(rows)
    columns = min(COLUMNS, len(metrics))
    height = 0.9 + 0.3 * len(rows)
    panels = -(-len(metrics) // columns)
    figure = Figure(figsize=(PANEL * columns, height * panels), layout="constrained")
    axes = figure.subplots(panels, columns, squeeze=False, sharey=True).flatten()
    for panel, metric in zip(axes, metrics, strict=False):
        _draw_panel(panel, metric, rows)
    for panel in axes[len(metrics) :]:
        panel.set_axis_off()
    figure.savefig(path, dpi=150)


def _draw_panel(panel: Any, metric: str, rows: Rows) -> None:
    for place, row in enumerate(rows.values()):
        if metric not in row:
            continue
        scores = row[metric]
        values = [100 * value for value in scores.by_seed.values()]
        panel.plot(values, [place] * len(values), "o", color="C0", alpha=0.5, markersize=4)
        spread = 100 * (scores.spread or 0.0)
        panel.errorbar(100 * scores.mean, place, xerr=spread, fmt="|", color="black", capsize=3)
    panel.set_yticks(range(len(rows)), list(rows))
    panel.set(title=_short(metric), ylim=(len(rows) - 0.5, -0.5))
    panel.title.set_fontsize(8)
    panel.grid(axis="x", alpha=0.3)
