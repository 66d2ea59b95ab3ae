"""Carry a request out, one step at a time, each from what is read: any replica can take the next.

gather → judge all open targets → claim the next one → follow it → judge what is left → …
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from rollback_operator.domain import group, judge, report
from rollback_operator.domain.components import altered
from rollback_operator.domain.decisions import End, Follow, Goal, Restore, Wait
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
from rollback_operator.domain.template import describe_images
from rollback_operator.domain.world import World
from rollback_operator.kube import Cluster
from rollback_operator.operations.claim_rollout import claim_rollout
from rollback_operator.operations.gather import Gatherer
from rollback_operator.operations.journal import Journal
from rollback_operator.operations.take_snapshot import Recorder


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
        self._gatherer = gatherer
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
        if not request.spec.targets:
            await self._refuse_selector(request)
            return None
        targets = request.status.targets or [report.queued(t) for t in request.spec.targets]
        at_work = next((t for t in targets if t.phase is Phase.IN_PROGRESS), None)
        if at_work is None:
            return await self._begin_next(request, targets)
        live = await self._cluster.deployment(request.namespace, at_work.name)
        verdict = pursue(self._pursuit(request, at_work, live))
        if isinstance(verdict, Wait):
            return verdict.until
        ended = await self._end(at_work, verdict, live)
        return await self._begin_next(request, group.merge(targets, [ended]))

    async def _end(self, target: TargetStatus, end: End, live: Deployment | None) -> TargetStatus:
        """Record the return before the request says that it is over."""
        if end.reason is Reason.ROLLED_BACK and live is not None:
            await self._recorder.observe(live)
        return report.ended(target, end, live, self._clock())

    async def _begin_next(
        self, request: RollbackRequest, targets: Sequence[TargetStatus]
    ) -> datetime | None:
        """Go on with the next target that is open, and write down where the request stands."""
        stops = request.spec.on_failure is OnFailure.STOP
        if stops and group.has_failed(targets):
            targets = group.leave_others(targets, Reason.OTHER_TARGET_FAILED, self._clock())
        judged = [await self._judge(request, target) for target in _open(request, targets)]
        targets = group.merge(targets, [self._status_of(request, one) for one in judged])
        if group.is_refused(request, judged):
            targets = group.leave_others(targets, Reason.OTHER_TARGET_REFUSED, self._clock())
            await self._journal.write(request, targets)
            return None
        if wait := group.hold(request, judged, _starting_deadline(request)):
            held = [t if t.phase.is_final else report.waiting(t, wait) for t in targets]
            await self._journal.write(request, held)
            return wait.until
        chosen = None if request.spec.dry_run else group.next_in_order(request, judged)
        if chosen is None or chosen.world is None:
            await self._journal.write(request, targets)
            return None
        return await self._begin(request, targets, chosen, chosen.world)

    async def _begin(
        self,
        request: RollbackRequest,
        targets: Sequence[TargetStatus],
        chosen: Judged,
        world: World,
    ) -> datetime | None:
        begun = await self._begun(chosen, world)
        merged = group.merge(targets, [begun])
        if begun.phase.is_final:
            return await self._begin_next(request, merged)
        await self._journal.write(request, merged)
        return self._deadline(request, begun)

    async def _begun(self, chosen: Judged, world: World) -> TargetStatus:
        match chosen.verdict:
            case Restore() as plan:
                return await claim_rollout(self._cluster, self._keyring, world, plan, self._clock())
            case Follow(claim):
                return report.joined(world, claim)
            case End() | Wait():
                message = f"{chosen.target.name} is not to be begun: {chosen.verdict}"
                raise AssertionError(message)

    async def _judge(self, request: RollbackRequest, target: Target) -> Judged:
        world = await self._gatherer.gather(request, target)
        if world is None:
            text = f"there is no deployment {request.namespace}/{target.name}; check `targets`"
            return Judged(target, None, End(Reason.DEPLOYMENT_NOT_FOUND, text))
        if world.claim is not None and world.claim.request_uid == request.uid:
            return Judged(target, world, Follow(world.claim))
        judged = Judged(target, world, judge.judge(world))
        has_begun = any(t.started_at for t in request.status.targets)
        if has_begun:
            return judged
        return group.expire(judged, world.starting_deadline, world.now)

    def _status_of(self, request: RollbackRequest, one: Judged) -> TargetStatus:
        """Return what is known of a judged target; a dry run ends there."""
        status = _found(one)
        match one.verdict:
            case End() as end:
                return report.ended(status, end, None, self._clock())
            case Restore(goal) if request.spec.dry_run:
                text = f"{request.namespace}/{one.target.name} would be rolled back to revision"
                end = End(
                    Reason.PREVIEWED, f"{text} {goal.revision} ({describe_images(goal.images)})"
                )
                return report.ended(status, end, None, self._clock())
            case _:
                return status

    def _pursuit(
        self, request: RollbackRequest, target: TargetStatus, live: Deployment | None
    ) -> Pursuit:
        chosen = (c for c in target.components if c.state is not ComponentState.NOT_SELECTED)
        return Pursuit(
            name=f"{request.namespace}/{target.name}",
            deployment=live,
            uid=target.uid or "",
            reverted=tuple(component.name for component in chosen),
            fingerprint=target.fingerprint or "",
            started=target.started_at or self._clock(),
            deadline=self._deadline(request, target),
            now=self._clock(),
        )

    def _deadline(self, request: RollbackRequest, target: TargetStatus) -> datetime:
        started = target.started_at or self._clock()
        return started + timedelta(seconds=request.spec.timeout_seconds)

    async def _refuse_selector(self, request: RollbackRequest) -> None:
        text = "`selector` with `asOf` is not supported by this version; list the `targets`"
        target = TargetStatus(
            name="*", phase=Phase.EXCEPTION, reason=Reason.NOT_SUPPORTED, message=text
        )
        await self._journal.write(request, [target])


def _open(request: RollbackRequest, targets: Sequence[TargetStatus]) -> list[Target]:
    done = {target.name for target in targets if target.phase.is_final}
    return [target for target in request.spec.targets or () if target.name not in done]


def _starting_deadline(request: RollbackRequest) -> datetime:
    return request.created + timedelta(seconds=request.spec.starting_deadline_seconds)


def _found(one: Judged) -> TargetStatus:
    """Return from, to and components, as far as they are known."""
    if one.world is None:
        return report.queued(one.target)
    goal = judge.resolve(one.world)
    if not isinstance(goal, Goal):
        return report.found(one.world, None)
    differing = altered(one.world.deployment.template, goal.template)
    return report.found(one.world, goal, differing)
