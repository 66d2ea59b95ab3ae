"""Shows the activity list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rollback_operator.cli.ages import age
from rollback_operator.cli.screen import Cell, Screen
from rollback_operator.cli.screens.request import phase
from rollback_operator.cli.views.activity import Entry

HEAD: Final = (
    "NAME",
    "PHASE",
    "TARGETS",
    "CHANGE",
    "REASON",
    "REQUESTER",
    "DURATION",
    "AGE",
)


def show_activity(
    screen: Screen, entries: Sequence[Entry], now: datetime, *, everywhere: bool
) -> None:
    """Show a line per request."""
    head = ("NAMESPACE", *HEAD) if everywhere else HEAD
    rows = [_row(entry, now) for entry in entries]
    if everywhere:
        rows = [(entry.namespace, *row) for entry, row in zip(entries, rows, strict=True)]
    screen.table(head, rows)


def _row(entry: Entry, now: datetime) -> tuple[Cell, ...]:
    return (
        entry.name,
        phase(entry.phase),
        entry.targets,
        entry.change,
        entry.reason,
        entry.requester,
        entry.duration,
        age(entry.created, now) if entry.created else "-",
    )
