"""Shows a request: the whole of it, its preview, its end, or a line of its log."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rollback_operator.cli.ages import age, moment, shown
from rollback_operator.cli.screen import Cell, Screen
from rollback_operator.cli.views.request import RequestView, TargetView
from rollback_operator.domain.reasons import Phase, Reason

STYLES: Final = {
    Phase.QUEUED.value: "yellow",
    Phase.IN_PROGRESS.value: "cyan",
    Phase.COMPLETED.value: "green",
    Phase.EXCEPTION.value: "red",
}
HEAD: Final = ("DEPLOYMENT", "PHASE", "REASON", "FROM", "TO")
PREVIEW_HEAD: Final = ("TURN", "DEPLOYMENT", "FROM", "TO", "PODS", "TAKES")


def phase(text: str) -> Cell:
    """Return a phase in its colour."""
    return text, STYLES.get(text, "")


def log_line(at: str, text: str) -> tuple[Cell, ...]:
    """Return a line of the log, as cells."""
    return (shown(moment(at)), "dim"), "  ", text


def show_status(screen: Screen, request: RequestView, now: datetime) -> None:
    """Show all that there is to a request but its log."""
    screen.line(("request ", "bold"), (f"{request.namespace}/{request.name}", "bold"))
    for name, value in _facts(request, now):
        screen.line((f"{name + ':':<11} ", "dim"), *value)
    screen.blank()
    if request.targets:
        screen.table(HEAD, [_row(target) for target in request.targets])
    for target in request.targets:
        _show_details(screen, target)
    if request.message:
        screen.line(request.message)
    if request.is_over:
        _show_advice(screen, request)


def show_preview(screen: Screen, request: RequestView) -> None:
    """Show what would happen."""
    goes = [target for target in request.targets if target.pods is not None]
    if goes:
        rows = [_preview_row(turn, target) for turn, target in enumerate(goes, start=1)]
        screen.table(PREVIEW_HEAD, rows)
    for target in request.targets:
        if target.pods is None:
            screen.line((target.name, "bold"), f": {target.reason}: {target.message}")
        _show_details(screen, target)
    if not request.targets:
        screen.line(f"{request.reason}: {request.message}")


def show_verdict(screen: Screen, request: RequestView) -> None:
    """Show whether it would succeed, and if not, what to do next."""
    if request.would_succeed:
        goes = any(target.pods is not None for target in request.targets)
        screen.line(("It would succeed." if goes else "There is nothing to do.", "green"))
        return
    screen.line(("It would not succeed.", "red"))
    if request.reason != Reason.PREVIEWED:
        _show_advice(screen, request)


def show_end(screen: Screen, request: RequestView) -> None:
    """Show how it stands, and what to do next; its log has told the rest."""
    screen.line(phase(request.phase), f", {request.reason}" if request.reason else "")
    if request.is_over:
        _show_advice(screen, request)


def _show_advice(screen: Screen, request: RequestView) -> None:
    for title, text in (("Next: ", request.advice), ("Here: ", request.hint)):
        if text:
            screen.line((title, "dim"), text)


def _facts(request: RequestView, now: datetime) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    yield "phase", (phase(request.phase), f", {request.reason}" if request.reason else "")
    if request.dry_run:
        yield "dry run", ("nothing is touched",)
    yield "requester", (request.requester,)
    if request.why:
        yield "why", (request.why,)
    if request.created:
        yield "created", (f"{shown(request.created)} ({age(request.created, now)} ago)",)
    if request.duration:
        yield "took", (request.duration,)


def _row(target: TargetView) -> tuple[Cell, ...]:
    return target.name, phase(target.phase), target.reason, target.left, target.goal


def _preview_row(turn: int, target: TargetView) -> tuple[Cell, ...]:
    takes = target.takes or "-"
    return str(turn), (target.name, "bold"), target.left, target.goal, str(target.pods), takes


def _show_details(screen: Screen, target: TargetView) -> None:
    for title, lines, style in (
        ("changes", target.changes, ""),
        ("steps", target.steps, ""),
        ("beware", target.warnings, "yellow"),
        ("would not succeed", target.problems, "red"),
    ):
        if lines:
            screen.line((f"{target.name}: {title}", "bold"))
        for line in lines:
            screen.line("  ", (line, style))
