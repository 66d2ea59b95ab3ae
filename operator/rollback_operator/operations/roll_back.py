"""Carry a request out, one step at a time, each from what is read: any replica can take the next.

judge all targets → claim the first → follow it → judge and claim the next → …
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rollback_operator.domain import group, target_report
from rollback_operator.domain.decisions import End, Follow, Restore, Wait
from rollback_operator.domain.group import Judged
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.spec import OnFailure, Target
from rollback_operator.domain.status import TargetStatus
from rollback_operator.domain.world import World, starting_deadline
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.admission_check import AdmissionCheck
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.follow_target import TargetFollower
from rollback_operator.operations.gather import Gatherer
from rollback_operator.operations.journal import Journal
from rollback_operator.operations.judge_targets import TargetJudge
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.preview import Previewer
from rollback_operator.operations.stage import deadline
from rollback_operator.operations.subject import about
from rollback_operator.operations.take_snapshot import Recorder

SUSPENDED_FOR = timedelta(hours=1)
"""How long a group that was suspended on its way sleeps before it looks again unasked."""


class RollBack:
    """Advances requests. It remembers nothing: what counts is in the objects."""

    def __init__(
        self,
        cluster: Cluster,
        gatherer: Gatherer,
        recorder: Recorder,
        keyring: Keyring,
        clock: Clock,
        admission: AdmissionCheck,
        *,
        previewer: Previewer | None = None,
        observer: Observer | None = None,
    ) -> None:
        observer = observer or Observer()
        self._judge = TargetJudge(cluster, gatherer, clock)
        self._follower = TargetFollower(cluster, self._judge, recorder, keyring, clock, observer)
        self._clock = clock
        self._journal = Journal(cluster, clock, admission, observer)
        self._previewer = previewer

    async def refuse(self, request: RollbackRequest, end: End) -> None:
        """End a request that is not to be carried out."""
        await self._journal.refuse(request, end)

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
        statuses = request.status.targets or [target_report.queued(target) for target in targets]
        at_work = next((t for t in statuses if t.phase is Phase.IN_PROGRESS), None)
        if at_work is None:
            return await self._begin_next(request, targets, statuses)
        target = next(t for t in targets if t.name == at_work.name)
        is_last = not any(t.phase is Phase.QUEUED for t in statuses)
        with about(target=f"{request.namespace}/{target.name}"):
            stage = await self._follower.follow(request, target, at_work, is_last=is_last)
        moved_on = group.merge(statuses, [stage.target])
        if stage.target.phase.is_final:
            return await self._begin_next(request, targets, moved_on)
        await self._journal.write(request, moved_on)
        return stage.until

    async def _begin_next(
        self, request: RollbackRequest, targets: Sequence[Target], statuses: Sequence[TargetStatus]
    ) -> datetime | None:
        """Go on with the next open target, and write down where the request stands."""
        now = self._clock()
        if request.spec.on_failure is OnFailure.STOP and group.has_failed(statuses):
            statuses = group.leave_others(statuses, Reason.OTHER_TARGET_FAILED, now)
        if wait := group.hold_on_the_way(request, statuses, now + SUSPENDED_FOR):
            held = [t if t.phase.is_final else target_report.waiting(t, wait) for t in statuses]
            await self._journal.write(request, held)
            return wait.until
        judged = await self._judge_open(request, targets, statuses)
        found = [target_report.judged(one, now, dry_run=request.spec.dry_run) for one in judged]
        statuses = group.arrange(statuses, found)
        if request.spec.dry_run and self._previewer is not None:
            statuses = await self._previewer.fill(request, judged, statuses)
        has_begun = group.has_begun(statuses) or group.is_under_way(request, judged)
        if not has_begun and group.is_refused(request, judged):
            statuses = group.leave_others(statuses, Reason.OTHER_TARGET_REFUSED, now)
            judged = []
        if wait := group.hold(request, judged, starting_deadline(request)):
            held = [t if t.phase.is_final else target_report.waiting(t, wait) for t in statuses]
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
            if not group.is_under_way(request, judged):
                deadline, now = starting_deadline(request), self._clock()
                judged = [group.expire(one, deadline, now) for one in judged]
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
        with about(target=f"{request.namespace}/{chosen.target.name}"):
            begun = await self._begun(chosen, world)
        merged = group.merge(statuses, [begun])
        if begun.phase.is_final:
            return await self._begin_next(request, targets, merged)
        await self._journal.write(request, merged)
        now = self._clock()
        # What was begun before may be done already, and then nothing happens that would tell.
        return now if isinstance(chosen.verdict, Follow) else deadline(request, begun, now)

    async def _begun(self, chosen: Judged, world: World) -> TargetStatus:
        match chosen.verdict:
            case Restore() as plan:
                return await self._follower.begin(world, plan)
            case Follow(claim):
                return await self._follower.join(world, claim)
            case End() | Wait():
                message = f"{chosen.target.name} is not to be begun: {chosen.verdict}"
                raise AssertionError(message)
