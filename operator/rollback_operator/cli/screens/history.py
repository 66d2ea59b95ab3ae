"""Shows the history of a Deployment."""

from datetime import datetime
from typing import Final

from rollback_operator.cli.ages import age, shown
from rollback_operator.cli.screen import Cell, Screen
from rollback_operator.cli.views.history import HistoryView, Version
from rollback_operator.domain.template import describe_images

HEAD: Final = ("", "REVISION", "AGE", "IMAGES", "VERIFIED", "ORIGIN", "BY", "CHANGE CAUSE")
WIDE_HEAD: Final = (*HEAD, "COMPLETED", "SNAPSHOT")
LIVE, GOAL = "*", "←"


def show_history(screen: Screen, history: HistoryView, now: datetime, *, wide: bool) -> None:
    """Show whether it can be rolled back, and the versions, newest first."""
    screen.line((f"deployment {history.namespace}/{history.name}", "bold"))
    screen.line(("Rollbackable: ", "dim"), *_rollbackable(history))
    if history.unrecorded:
        screen.line((history.unrecorded, "yellow"))
    screen.blank()
    rows = [_row(version, now) for version in history.versions]
    if wide:
        more = [(shown(version.completed), version.snapshot) for version in history.versions]
        rows = [(*row, *added) for row, added in zip(rows, more, strict=True)]
    screen.table(WIDE_HEAD if wide else HEAD, rows)
    screen.blank()
    goal = f"   {GOAL} where `kubectl rollback {history.name}` goes"
    has_goal = any(version.goal for version in history.versions)
    screen.line((f"{LIVE} live{goal if has_goal else ''}", "dim"))


def _rollbackable(history: HistoryView) -> tuple[Cell, ...]:
    styles = {"True": "green", "False": "yellow"}
    status = (history.rollbackable, styles.get(history.rollbackable, ""))
    reason = f" ({history.reason})" if history.reason else ""
    return status, reason, f": {history.message}" if history.message else ""


def _row(version: Version, now: datetime) -> tuple[Cell, ...]:
    mark = LIVE if version.live else GOAL if version.goal else ""
    return (
        mark,
        str(version.revision),
        age(version.completed, now),
        (describe_images(version.images), "bold" if version.live else ""),
        "yes" if version.verified else ("no", "yellow"),
        f"{version.origin}, gap before" if version.gap else version.origin,
        version.manager or "-",
        version.cause or "-",
    )
