"""The figures beside the goals, as a table and as JSON."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench.contestants import BARE, OURS, UNDO
from bench.race import Times

TIMES = "\N{MULTIPLICATION SIGN}"


class Ratio(NamedTuple):
    """A ratio of two figures, and the most that it should be."""

    what: str
    value: float
    goal: float


@dataclass(frozen=True)
class Report:
    """All that one run measured."""

    kubernetes: str
    times: Mapping[str, Times]
    writes: Mapping[str, Counter[str]]

    def ratios(self) -> list[Ratio]:
        """Return the ratios that DESIGN sets goals for."""
        ours, bare, undo = (self.times[name] for name in (OURS, BARE, UNDO))
        return [
            Ratio("p50, operator / bare loop", ours.p50 / bare.p50, 1.3),
            Ratio("p99, operator / bare loop", ours.p99 / bare.p99, 2.0),
            Ratio("p50, operator / kubectl rollout undo", ours.p50 / undo.p50, 0.15),
        ]

    def show(self, console: Console) -> None:
        """Print the tables."""
        console.print(self._times_table(), self._ratio_table(), self._writes_table())

    def save(self, path: Path) -> None:
        """Write everything, every sample included, as JSON."""
        document = {
            "kubernetes": self.kubernetes,
            "milliseconds": {
                name: {"p50": times.p50, "p99": times.p99, "samples": list(times.samples)}
                for name, times in self.times.items()
            },
            "ratios": [ratio._asdict() for ratio in self.ratios()],
            "writes": self.writes,
        }
        path.write_text(json.dumps(document, indent=1))

    def _times_table(self) -> Table:
        rounds = len(self.times[OURS].samples)
        table = Table(
            title=f"Asked → Deployment changed, {rounds} times each", title_justify="left"
        )
        table.add_column("who")
        for column in ("p50", "p99", "p50 / bare", "p99 / bare"):
            table.add_column(column, justify="right")
        bare = self.times[BARE]
        for name, times in self.times.items():
            table.add_row(
                name,
                f"{times.p50:.1f} ms",
                f"{times.p99:.1f} ms",
                f"{times.p50 / bare.p50:.2f}{TIMES}",
                f"{times.p99 / bare.p99:.2f}{TIMES}",
            )
        return table

    def _ratio_table(self) -> Table:
        table = Table(title="Goals", title_justify="left")
        table.add_column("ratio")
        for column in ("measured", "goal", "reached"):
            table.add_column(column, justify="right")
        for what, value, goal in self.ratios():
            reached = "yes" if value <= goal else "no"
            table.add_row(what, f"{value:.2f}{TIMES}", f"≤ {goal}{TIMES}", reached)
        return table

    def _writes_table(self) -> Table:
        table = Table(title="What the operator writes (audit log)", title_justify="left")
        table.add_column("for")
        table.add_column("writes")
        for occasion, writes in self.writes.items():
            lines = [f"{count} {TIMES} {what}" for what, count in sorted(writes.items())]
            table.add_row(occasion, "\n".join(lines) or "none")
        return table
