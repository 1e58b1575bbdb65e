"""What the runs of a sweep score: mean and spread over seeds, as a table and a figure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from launch.sweep_plan import Run
from unimr_jax.errors import UserError
from unimr_jax.whole import write_atomically

DEFAULT_METRICS = ".*/all/(recall@1|exact_match)"
EXPLAINED = "Percent; mean ± sample standard deviation over seeds."
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

    def rows(self, runs: Sequence[Run]) -> Rows:
        """Of the runs that are done, variants and metrics in the order of their first run.

        Raises:
          UserError: there are such runs, but no metric matches.
        """
        found: dict[str, dict[str, dict[int, float]]] = {}
        known: dict[str, float] = {}
        for run in (run for run in runs if run.is_done()):
            known = json.loads(run.metrics_file.read_text(encoding="utf-8"))
            row = found.setdefault(run.variant or "default", {})
            for metric in filter(self.metrics.fullmatch, known):
                row.setdefault(metric, {})[run.seed] = known[metric]
        if known and not any(found.values()):
            raise UserError(
                f"--metrics={self.metrics.pattern} matches none of the metrics, such as "
                f"{', '.join(list(known)[:3])}"
            )
        return {
            variant: {metric: Scores(values) for metric, values in row.items()}
            for variant, row in found.items()
        }

    def write(self, runs: Sequence[Run]) -> Rows:
        """Writes the three files, unless no run is done; returns what they show."""
        rows = self.rows(runs)
        if rows:
            self._write_json(rows)
            write_atomically(self.directory / "table.md", _markdown(rows, self.command))
            _draw(rows, self.directory / "table.png")
        return rows

    def _write_json(self, rows: Rows) -> None:
        variants = {
            variant: {metric: scores.to_dict() for metric, scores in row.items()}
            for variant, row in rows.items()
        }
        text = json.dumps({"command": self.command, "variants": variants}, indent=1)
        write_atomically(self.directory / "table.json", text + "\n")

    def show(self, runs: Sequence[Run]) -> None:
        """Writes the files and prints the table."""
        from rich.console import Console
        from rich.table import Table as RichTable

        rows = self.write(runs)
        header, *lines = _cells(rows)
        table = RichTable(caption=EXPLAINED)
        for number, name in enumerate(header):
            table.add_column(name, justify="right" if number else "left", overflow="fold")
        for line in lines:
            table.add_row(*line)
        Console().print(table)
        print(f"Table: {self.directory / 'table.md'}")


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


def _markdown(rows: Rows, command: str) -> str:
    header, *lines = _cells(rows)
    rule = ["---", *["---:"] * (len(header) - 1)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *lines))
    return f"{table}\n\n{EXPLAINED}\n\n```bash\n{command}\n```\n\n![by variant](table.png)\n"


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
