"""What would change between what is live and what is on record, without asking the operator."""

from dataclasses import dataclass

from rollback_operator.cli import problems
from rollback_operator.cli.views.history import live_snapshot, read_history, why_empty
from rollback_operator.cli.wish import Version
from rollback_operator.domain.decisions import End
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.readable_diff import diff_lines
from rollback_operator.domain.rollbackable import default_target
from rollback_operator.domain.snapshot import History, Snapshot
from rollback_operator.domain.template import JsonObject, describe_images


@dataclass(frozen=True)
class Difference:
    """From, to, and a line for each thing that differs."""

    namespace: str
    name: str
    left: str
    goal: str
    lines: tuple[str, ...]


def view(obj: JsonObject, to: Version | None) -> Difference:
    """Return the difference between the live template and a recorded one.

    Raises:
        Problem: there is nothing on record that it could be compared with.
    """
    deployment = Deployment.from_object(obj)
    history = read_history(deployment)
    if history is None:
        raise problems.no_history(str(deployment), why_empty(obj))
    goal = _named(history, to) if to else _default(deployment, history)
    live = live_snapshot(deployment, history)
    return Difference(
        namespace=deployment.namespace,
        name=deployment.name,
        left=str(live) if live else describe_images(deployment.template.images),
        goal=str(goal),
        lines=tuple(diff_lines(deployment.template, goal.template)),
    )


def _default(deployment: Deployment, history: History) -> Snapshot:
    """Return what a default request would go to; the newest success if a rollout is unfinished."""
    if live_snapshot(deployment, history) is None and history.newest is not None:
        return history.newest
    match default_target(history):
        case End(reason, message):
            raise problems.no_default(reason, message)
        case goal:
            return goal


def _named(history: History, to: Version) -> Snapshot:
    found = (
        (to.revision is not None and history.at_revision(to.revision))
        or (to.snapshot is not None and history.find(to.snapshot))
        or (bool(to.images) and history.running(dict(to.images)))
    )
    if not found:
        known = ", ".join(str(snapshot) for snapshot in reversed(history.snapshots))
        raise problems.not_on_record(str(to), known)
    return found
