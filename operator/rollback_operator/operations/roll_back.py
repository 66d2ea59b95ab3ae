"""Carry a request out, one step at a time, each from what is read: any replica can take the next.

judge all targets → claim the first → follow it → judge and claim the next → …
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from rollback_operator.domain import group, report
from rollback_operator.domain.decisions import End, Follow, Restore, Wait
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.follow import Pursuit, pursue
from rollback_operator.domain.group import Judged
from rollback_operator.domain.outcomes import Phase, Reason
from rollback_operator.domain.rollback_request import (
    ComponentState,
    OnFailure,
    RollbackRequest,
    Target,
    TargetStatus,
)
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.world import World
from rollback_operator.kube import Cluster
from rollback_operator.operations.claim_rollout import claim_rollout
from rollback_operator.operations.gather import Gatherer
from rollback_operator.operations.journal import Journal
from rollback_operator.operations.judge_targets import TargetJudge
from rollback_operator.operations.take_snapshot import Recorder

SUSPENDED_FOR = timedelta(hours=1)
"""How long a group that was suspended on its way sleeps before it looks again unasked."""
OLD_PODS_AGAIN = timedelta(seconds=1)
"""How soon to look for old pods again where the Deployment does not count them."""


class RollBack:
    """Advances requests. It remembers nothing: what counts is in the objects."""

    def __init__(
        self,
        cluster: Cluster,
        gatherer: Gatherer,
        recorder: Recorder,
        keyring: Keyring,
        clock: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._judge = TargetJudge(cluster, gatherer, clock)
        self._recorder = recorder
        self._keyring = keyring
        self._clock = clock
        self._journal = Journal(cluster, clock)

    async def advance(self, request: RollbackRequest) -> datetime | None:
        """Take the request as far as it goes now.

        Returns until when it waits for a change; None once it is over.

        Raises:
            Stale: an object has changed since it was read; read the request again and repeat.
            Unreachable: the API server does not answer; repeat later.
        """
        targets = await self._judge.targets(request)
        if isinstance(targets, End):
            await self._journal.refuse(request, targets)
            return None
        statuses = request.status.targets or [report.queued(target) for target in targets]
        at_work = next((t for t in statuses if t.phase is Phase.IN_PROGRESS), None)
        if at_work is None:
            return await self._begin_next(request, targets, statuses)
        return await self._follow(request, targets, statuses, at_work)

    # Following the target that is at work

    async def _follow(
        self,
        request: RollbackRequest,
        targets: Sequence[Target],
        statuses: Sequence[TargetStatus],
        at_work: TargetStatus,
    ) -> datetime | None:
        live = await self._cluster.deployment(request.namespace, at_work.name)
        is_last = not any(t.phase is Phase.QUEUED for t in statuses)
        old_pods = 0 if is_last or live is None else await self._old_pods(live)
        verdict = pursue(self._pursuit(request, at_work, live, old_pods))
        if isinstance(verdict, Wait):
            polls = old_pods and live is not None and live.counters.terminating is None
            return min(verdict.until, self._clock() + OLD_PODS_AGAIN) if polls else verdict.until
        if verdict.reason is Reason.ROLLED_BACK and live is not None:
            # The return is on record before the request says that it is over.
            await self._recorder.observe(live)
        ended = report.ended(at_work, verdict, live, self._clock())
        return await self._begin_next(request, targets, group.merge(statuses, [ended]))

    async def _old_pods(self, live: Deployment) -> int:
        """Count the pods of other versions, also those that are on their way out (trap 16)."""
        if live.counters.terminating is not None:
            return live.counters.terminating
        return await self._cluster.terminating_pods(live)

    def _pursuit(
        self,
        request: RollbackRequest,
        target: TargetStatus,
        live: Deployment | None,
        old_pods: int,
    ) -> Pursuit:
        chosen = (c for c in target.components if c.state is ComponentState.ALTERED)
        return Pursuit(
            name=f"{request.namespace}/{target.name}",
            deployment=live,
            uid=target.uid or "",
            reverted=tuple(component.name for component in chosen),
            fingerprint=target.fingerprint or "",
            old_pods=old_pods,
            started=target.started_at or self._clock(),
            deadline=_deadline(request, target, self._clock()),
            now=self._clock(),
        )

    # Beginning the next target

    async def _begin_next(
        self, request: RollbackRequest, targets: Sequence[Target], statuses: Sequence[TargetStatus]
    ) -> datetime | None:
        """Go on with the next open target, and write down where the request stands."""
        now = self._clock()
        if request.spec.on_failure is OnFailure.STOP and group.has_failed(statuses):
            statuses = group.leave_others(statuses, Reason.OTHER_TARGET_FAILED, now)
        judged = await self._judge_open(request, targets, statuses)
        found = [report.judged(one, now, dry_run=request.spec.dry_run) for one in judged]
        statuses = group.arrange(statuses, found)
        if not group.has_begun(statuses) and group.is_refused(request, judged):
            statuses = group.leave_others(statuses, Reason.OTHER_TARGET_REFUSED, now)
            judged = []
        if wait := group.hold(request, judged, now + SUSPENDED_FOR):
            held = [t if t.phase.is_final else report.waiting(t, wait) for t in statuses]
            await self._journal.write(request, held)
            return wait.until
        chosen = None if request.spec.dry_run else group.next_to_begin(judged)
        if chosen is not None and chosen.world is not None:
            return await self._begin(request, targets, statuses, chosen, chosen.world)
        if judged and any(not t.phase.is_final for t in statuses):
            return await self._begin_next(request, targets, statuses)
        await self._journal.write(request, statuses)
        return None

    async def _judge_open(
        self, request: RollbackRequest, targets: Sequence[Target], statuses: Sequence[TargetStatus]
    ) -> list[Judged]:
        """Judge all targets before the first is begun; later the next one, as it was pinned."""
        by_name = {target.name: target for target in targets}
        waiting = [status for status in statuses if status.phase is Phase.QUEUED]
        if not group.has_begun(statuses):
            judged = await self._judge.all(request, [by_name[s.name] for s in waiting])
            return group.in_order(request, judged)
        if not waiting:
            return []
        one = await self._judge.one(request, by_name[waiting[0].name])
        return [group.unless_changed(one, waiting[0])]

    async def _begin(
        self,
        request: RollbackRequest,
        targets: Sequence[Target],
        statuses: Sequence[TargetStatus],
        chosen: Judged,
        world: World,
    ) -> datetime | None:
        begun = await self._begun(chosen, world)
        merged = group.merge(statuses, [begun])
        if begun.phase.is_final:
            return await self._begin_next(request, targets, merged)
        await self._journal.write(request, merged)
        return _deadline(request, begun, self._clock())

    async def _begun(self, chosen: Judged, world: World) -> TargetStatus:
        match chosen.verdict:
            case Restore() as plan:
                now = self._clock()
                return await claim_rollout(self._cluster, self._keyring, world, plan, now)
            case Follow(claim):
                return report.joined(world, claim)
            case End() | Wait():
                message = f"{chosen.target.name} is not to be begun: {chosen.verdict}"
                raise AssertionError(message)


def _deadline(request: RollbackRequest, target: TargetStatus, now: datetime) -> datetime:
    started = target.started_at or now
    return started + timedelta(seconds=request.spec.timeout_seconds)
