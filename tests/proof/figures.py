"""The figures of all campaigns, each beside its goal, as the ledgers have them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from proof import mutation
from proof.ledger import Entry, Ledger

Total: TypeAlias = Counter[str]
Row: TypeAlias = tuple[str, str, str, str]
"""What, the goal, what was reached, and how many pieces failed."""


@dataclass(frozen=True)
class Figure:
    """One row for one campaign. What failed counts only where the figure itself is the goal.

    A chunk of stories that failed, for one, was played many times to make it short.
    """

    campaign: str
    what: str
    goal: str
    reached: Callable[[Total], str]
    counts_failed: bool = False

    def row(self) -> Row:
        """Add the ledger up."""
        entries = Ledger(self.campaign).entries()
        total = _sum([entry for entry in entries if entry.passed or self.counts_failed])
        reached = f"{self.reached(total)}; {_time(entries)}"
        return self.what, self.goal, reached, _failed(entries)


def rows() -> Iterator[Row]:
    """Yield all rows."""
    yield from (figure.row() for figure in TOLD)
    yield from _faults()
    yield from (figure.row() for figure in ASKED)
    yield _seeded_bugs()


def _faults() -> Iterator[Row]:
    entries = Ledger("faults").entries()
    reached = _sum(entries)
    for kind, goal in {
        "crash points": "all, 300",
        "API faults": "5,000",
        "watch faults": "500",
    }.items():
        of_kind = [entry for entry in entries if entry.figures.get(kind)]
        yield f"{kind} on a real API server", goal, f"{reached[kind]:,}", _failed(of_kind)
    missed = f"{reached['missed']:,} of {reached['plans']:,}; {_time(entries)}"
    yield "plans whose request did not come this time", "-", missed, "-"


def _seeded_bugs() -> Row:
    entries = Ledger("mutants").entries()
    killed = sum(entry.passed for entry in entries)
    return "seeded bugs killed", "35 of 35", f"{killed} of {len(entries)} tried", _failed(entries)


def _of_stories(total: Total) -> str:
    return (
        f"{total['stories']:,} ({total['requests']:,} requests,"
        f" {total['processes']:,} processes of the operator)"
    )


def _of_requests(total: Total) -> str:
    reasons = sum(name.startswith("ended ") for name in total)
    return (
        f"{total['requests']:,} ({total['refused']:,} refused by the API server, the others ended"
        f" for {reasons} reasons)"
    )


def _of_claims(total: Total) -> str:
    return f"{total['requests']:,} ({total['refused claims']:,} came too late)"


def _of_soak(total: Total) -> str:
    return (
        f"{total['minutes']:,} minutes ({total['rollouts']:,} rollouts,"
        f" {total['rollbacks']:,} rollbacks, {total['kills']:,} kills, {total['errors']:,} errors;"
        f" {total['kB per hour']:,} kB an hour)"
    )


def _of_changes(total: Total) -> str:
    if not total["tried"]:
        return "not tried"
    return f"{total['killed'] / total['tried']:.1%} of {total['tried']:,}"


TOLD = (
    Figure(
        "model",
        "random stories of 30 steps against the model, in memory",
        "10,000",
        _of_stories,
    ),
    Figure(
        "stories",
        "such stories on a real API server, in up to 30 scenes",
        "300",
        _of_stories,
    ),
)
ASKED = (
    Figure(
        "fuzz",
        "requests generated from the published schema, on a real API server",
        "20,000",
        _of_requests,
    ),
    Figure(
        "claims",
        "claims that three operators without a leader race for, on a real API server",
        "1,000, one template change each",
        _of_claims,
    ),
    Figure(
        "soak",
        "soak: 240 Deployments, kills, and one answer in fifty an error",
        "60 minutes, 0 wrong, below 1,024 kB an hour",
        _of_soak,
        counts_failed=True,
    ),
    Figure(
        "mutation",
        "changes of the domain package, made by mutmut, that its own tests notice",
        f"{mutation.GOAL:.0%}",
        _of_changes,
        counts_failed=True,
    ),
)


def _sum(entries: list[Entry]) -> Total:
    total: Total = Counter()
    for entry in entries:
        total.update(entry.figures)
    return total


def _failed(entries: list[Entry]) -> str:
    return str(sum(not entry.passed for entry in entries))


def _time(entries: list[Entry]) -> str:
    minutes = sum(entry.seconds for entry in entries) / 60
    return f"{minutes:,.0f} minutes of work"
