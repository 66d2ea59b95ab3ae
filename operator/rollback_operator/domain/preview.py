"""What a dry run tells of one target, made of what was gathered about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from rollback_operator.domain.decisions import Restore
from rollback_operator.domain.label_selector import selects
from rollback_operator.domain.preview_status import (
    BudgetPreview,
    Preview,
    QuotaPreview,
    StepPreview,
)
from rollback_operator.domain.quota import Change, Room, Strategy, room_for
from rollback_operator.domain.readable_diff import diff_lines, shortened
from rollback_operator.domain.references import Kind, Reference
from rollback_operator.domain.secrecy import redact
from rollback_operator.domain.snapshot import History, Origin, Snapshot
from rollback_operator.domain.status import TargetStatus
from rollback_operator.domain.step import When
from rollback_operator.domain.steps import images_of, service_account
from rollback_operator.domain.target_report import MESSAGE_LIMIT
from rollback_operator.domain.template import JsonObject, Template
from rollback_operator.domain.times import format_seconds
from rollback_operator.domain.world import World

TEXT_LIMIT: Final = 512
LINES_IN_ALL: Final = 1200
"""Lines of differences that a request shows; its targets share them, so its size is bounded."""
LINES_OF_ONE: Final = 100


@dataclass(frozen=True)
class Rehearsal:
    """The API server's answer to the patch in a dry run.

    `stored` is the Deployment as it would have been stored; None where the patch is denied, or
    where the server could not tell.
    """

    stored: JsonObject | None = None
    warnings: Sequence[str] = ()
    denial: str | None = None
    unknown: str | None = None


@dataclass(frozen=True)
class Surroundings:
    """What bears on a rollback besides the Deployment itself; None where there is no right to.

    `refused` names another target, for whose sake nothing would be touched.
    """

    rehearsal: Rehearsal
    refused: str | None = None
    gone: Sequence[Reference] = ()
    unread: Sequence[Reference] = ()
    quotas: Sequence[JsonObject] | None = ()
    budgets: Sequence[JsonObject] | None = ()


def preview(world: World, plan: Restore, seen: Surroundings, turn: int, of: int = 1) -> Preview:
    """Return what the rollback of a target would be; `turn` is its place among `of` targets."""
    live, room = world.deployment.template, _room(world, seen)
    says = list(_server_says(world, plan, seen.rehearsal))
    problems = list(_problems(seen, room, says))
    return Preview(
        would_succeed=not problems,
        turn=turn,
        problems=_texts(problems, 64),
        steps=list(_steps(world.live))[:64],
        diff=_texts(diff_lines(live, plan.result), min(LINES_OF_ONE, LINES_IN_ALL // of)),
        server_says=_texts(says, 16),
        missing=_texts(map(str, seen.gone), 64),
        unchecked=_texts(_unchecked(seen, room), 64),
        quota=list(room.lines[:32]),
        disruption_budgets=_budgets(seen.budgets or (), live),
        pods_replaced=world.deployment.counters.replicas,
        expected_duration=expected_duration(world.history),
    )


def previewed(target: TargetStatus, found: Preview) -> TargetStatus:
    """Return the status of a previewed target with what was found."""
    message = target.message
    if not found.would_succeed:
        message = f"{message}, but that would not succeed: {'; '.join(found.problems)}"
    return target.model_copy(update={"preview": found, "message": message[:MESSAGE_LIMIT]})


def expected_duration(history: History) -> str | None:
    """Return the median of the recorded rollouts' durations."""
    seconds = [
        (snapshot.completed - snapshot.started).total_seconds()
        for snapshot in history.snapshots
        if snapshot.started is not None and _was_watched(snapshot)
    ]
    return format_seconds(max(median(seconds), 0)) if seconds else None


def _was_watched(snapshot: Snapshot) -> bool:
    """Whether it was recorded when it was done, and not when somebody first looked."""
    return snapshot.verified and not snapshot.gap and snapshot.origin is not Origin.ADOPTED


def _server_says(world: World, plan: Restore, rehearsal: Rehearsal) -> Iterator[str]:
    """Yield the server's words, without values that they may quote."""
    deployment = world.deployment
    said = [rehearsal.denial] if rehearsal.denial else rehearsal.warnings
    for text in said:
        known = (deployment.name, deployment.namespace)
        yield redact(text, (deployment.template, plan.result), known)


def _problems(seen: Surroundings, room: Room, says: Sequence[str]) -> Iterator[str]:
    if seen.refused is not None:
        yield f"nothing would be touched, as target {seen.refused} would be refused"
    if seen.rehearsal.denial:
        yield f"the API server refuses the patch: {says[0]}"
    for reference in seen.gone:
        yield f"{reference} is gone"
    for line in room.lines:
        if not line.fits:
            yield _shortage(line)


def _shortage(line: QuotaPreview) -> str:
    return (
        f"ResourceQuota {line.name} allows {line.hard} {line.resource}, of which {line.used} are"
        f" used, and the rollout needs {line.needed}"
    )


def _unchecked(seen: Surroundings, room: Room) -> Iterator[str]:
    if seen.rehearsal.unknown:
        yield f"admission: {seen.rehearsal.unknown}"
    if seen.quotas is None:
        yield "ResourceQuotas: no right to read them"
    if seen.budgets is None:
        yield "PodDisruptionBudgets: no right to read them"
    for reference in seen.unread:
        is_secret = reference.kind is Kind.SECRET
        yield f"{reference}: {'Secrets are never read' if is_secret else 'no right to read it'}"
    yield from room.unchecked


def _steps(rollout: Snapshot | None) -> Iterator[StepPreview]:
    """Yield the steps of the rollout that would be left; an unfinished one has none on record."""
    steps = rollout.steps if rollout is not None else ()
    for when in When:
        for step in steps:
            if step.when is when and step.job is not None:
                yield StepPreview(
                    when=when,
                    name=step.name,
                    service_account=service_account(step.job),
                    images=images_of(step.job)[:16],
                )


def _room(world: World, seen: Surroundings) -> Room:
    """Compute the quotas for what would be stored; nothing is rolled out where that is denied."""
    stored = seen.rehearsal.stored
    if stored is None:
        return Room((), ())
    change = Change(
        live=world.deployment.template,
        result=Template(stored["spec"]["template"]),
        strategy=Strategy.from_spec(stored["spec"]),
        pods=world.deployment.counters.replicas,
    )
    return room_for(change, seen.quotas or ())


def _budgets(budgets: Sequence[JsonObject], live: Template) -> list[BudgetPreview]:
    labels = (live.body.get("metadata") or {}).get("labels") or {}
    found = [b for b in budgets if selects((b.get("spec") or {}).get("selector"), labels)]
    return [
        BudgetPreview(
            name=budget["metadata"]["name"],
            disruptions_allowed=(budget.get("status") or {}).get("disruptionsAllowed", 0),
        )
        for budget in found[:16]
    ]


def _texts(texts: Iterator[str] | Sequence[str], limit: int) -> list[str]:
    """Return texts as the status can hold them: not too many, nor too long."""
    cut = [t if len(t) <= TEXT_LIMIT else f"{t[: TEXT_LIMIT - 1]}…" for t in texts]
    return shortened(cut, limit)
