"""Is the rollback that was begun done, lost, or still under way?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from rollback_operator.domain.components import fingerprint
from rollback_operator.domain.decisions import End, Wait
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.template import describe_images
from rollback_operator.domain.times import format_time


@dataclass(frozen=True)
class Pursuit:
    """A rollback under way, as it is seen now.

    `uid` is that of the Deployment which was patched, `reverted` the components, `fingerprint`
    their digest as the API server stored them (trap 32), `deadline` our own (trap 9). `old_pods`
    counts the pods that must be gone before the next target of a group may begin (trap 16).
    """

    name: str
    deployment: Deployment | None
    uid: str
    reverted: tuple[str, ...]
    fingerprint: str
    old_pods: int
    started: datetime
    deadline: datetime
    now: datetime


Rule: TypeAlias = Callable[[Pursuit], End | Wait | None]


def lost(seen: Pursuit) -> End | None:
    """Return why what was put back is not there any more, if so."""
    for rule in LOSSES:
        if (end := rule(seen)) is not None:
            return end
    return None


def pursue(seen: Pursuit) -> End | Wait:
    """Return the first rule's verdict; the last one always has one."""
    for rule in RULES:
        if (verdict := rule(seen)) is not None:
            return verdict
    return still_under_way(seen)


def deployment_was_deleted(seen: Pursuit) -> End | None:
    """Nothing is left to roll back."""
    if seen.deployment is not None and not seen.deployment.deleted:
        return None
    return End(
        Reason.DEPLOYMENT_DELETED, f"deployment {seen.name} was deleted while it was rolled back"
    )


def deployment_was_replaced(seen: Pursuit) -> End | None:
    """One of the same name and another UID is another Deployment."""
    if seen.deployment is None or seen.deployment.uid == seen.uid:
        return None
    return End(
        Reason.DEPLOYMENT_REPLACED,
        f"{seen.deployment} was deleted and created anew while it was rolled back"
        f" (UID {seen.uid} became {seen.deployment.uid})",
    )


def was_superseded(seen: Pursuit) -> End | None:
    """Somebody changed what was reverted: say who, and leave it (never a write war)."""
    live = seen.deployment
    if live is None or fingerprint(live.template, seen.reverted) == seen.fingerprint:
        return None
    writer = live.last_writer
    who = f"field manager {writer.manager} at {format_time(writer.at)}" if writer else "unknown"
    return End(
        Reason.SUPERSEDED,
        f"{', '.join(seen.reverted)} of {live} changed again before the rollback ended, by {who};"
        f" it now has {describe_images(live.template.images)}",
    )


def is_served(seen: Pursuit) -> End | None:
    """Every component reads back as reverted, and every wanted pod is of it and available."""
    live = seen.deployment
    if live is None or not live.is_done or seen.old_pods:
        return None
    return End(
        Reason.ROLLED_BACK,
        f"{live} is back on {describe_images(live.template.images)};"
        f" {live.counters.available} of {live.replicas} available",
    )


def deadline_has_passed(seen: Pursuit) -> End | None:
    """The controller may never report failure after a return (trap 9): our own clock decides."""
    if seen.now < seen.deadline:
        return None
    progress = _progress(seen)
    return End(
        Reason.DEADLINE_EXCEEDED,
        f"deployment {seen.name}, whose rollback began at {format_time(seen.started)}, did not"
        f" become available by {format_time(seen.deadline)}: {progress};"
        " look at its pods and events",
    )


def still_under_way(seen: Pursuit) -> Wait:
    """The rollout goes on."""
    return Wait(Reason.ROLLING_BACK, f"deployment {seen.name}: {_progress(seen)}", seen.deadline)


def _progress(seen: Pursuit) -> str:
    progress = seen.deployment.progress if seen.deployment else ""
    return f"{progress}; {seen.old_pods} old pods are left" if seen.old_pods else progress


LOSSES: tuple[Callable[[Pursuit], End | None], ...] = (
    deployment_was_deleted,
    deployment_was_replaced,
    was_superseded,
)
RULES: tuple[Rule, ...] = (*LOSSES, is_served, deadline_has_passed)
