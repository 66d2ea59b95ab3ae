"""The history of a Deployment: what it ran, and where a rollback would go."""

from dataclasses import dataclass
from datetime import datetime

from rollback_operator.domain.annotations import decode
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.names import HISTORY, RECORD_LABEL, ROLLBACKABLE
from rollback_operator.domain.rollbackable import default_target
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import History, Snapshot
from rollback_operator.domain.template import JsonObject, name_images

NO_KEYS = Keyring()
"""The plugin has no key: it shows what is written, and the operator says what it believes."""


@dataclass(frozen=True)
class Version:
    """One snapshot."""

    revision: int
    snapshot: str
    completed: datetime
    images: dict[str, str]
    verified: bool
    origin: str
    gap: bool
    manager: str
    cause: str
    live: bool
    goal: bool


@dataclass(frozen=True)
class HistoryView:
    """What `kubectl rollback history` tells; versions are listed newest first."""

    namespace: str
    name: str
    rollbackable: str
    reason: str
    message: str
    unrecorded: str
    versions: tuple[Version, ...]


def read_history(deployment: Deployment) -> History | None:
    """Return what is written on the Deployment, if it is its own and whole."""
    return decode(deployment.annotations, deployment.uid, NO_KEYS)


def view(obj: JsonObject) -> HistoryView:
    """Return the view of a Deployment."""
    deployment = Deployment.from_object(obj)
    history = read_history(deployment) or History(deployment.uid)
    live = live_snapshot(deployment, history)
    condition = deployment.condition(ROLLBACKABLE)
    return HistoryView(
        namespace=deployment.namespace,
        name=deployment.name,
        rollbackable=str(condition.get("status", "Unknown")),
        reason=str(condition.get("reason", "")),
        message=str(condition.get("message", "")),
        unrecorded="" if live else _unrecorded(deployment),
        versions=_versions(history, live),
    )


def live_snapshot(deployment: Deployment, history: History) -> Snapshot | None:
    """Return the newest snapshot, if it is what the Deployment is now."""
    newest = history.newest
    is_live = newest is not None and newest.template.same_as(deployment.template)
    return newest if is_live else None


def why_empty(obj: JsonObject) -> str:
    """Say why there is no history, and what to do about it."""
    deployment = Deployment.from_object(obj)
    if deployment.labels.get(RECORD_LABEL) == "disabled":
        return f"The label {RECORD_LABEL}: disabled keeps it from being recorded."
    if deployment.annotation(HISTORY):
        return (
            "There is a history on it, but of another object or not readable: it is ignored, and"
            " the operator writes a new one with the next successful rollout."
        )
    return (
        "The operator records each rollout that succeeds: is it running, does it watch this"
        " namespace, and has the newest rollout succeeded (`kubectl rollout status`)?"
    )


def _versions(history: History, live: Snapshot | None) -> tuple[Version, ...]:
    goal = default_target(history) if live else None
    return tuple(
        Version(
            revision=snapshot.revision,
            snapshot=snapshot.id,
            completed=snapshot.completed,
            images=dict(snapshot.images),
            verified=snapshot.verified,
            origin=snapshot.origin.value,
            gap=snapshot.gap,
            manager=snapshot.manager or "",
            cause=snapshot.cause or "",
            live=snapshot is live,
            goal=snapshot is goal,
        )
        for snapshot in reversed(history.snapshots)
    )


def _unrecorded(deployment: Deployment) -> str:
    images = name_images(deployment.template.images)
    # The number that it has before the controller saw it is that of the rollout before.
    live = f"revision {deployment.revision} ({images})" if deployment.is_observed else images
    return (
        f"Live is {live}, which is not recorded:"
        f" {deployment.progress}. If it failed, leave it by"
        f" `kubectl rollback {deployment.name} --unfinished abandon`."
    )
