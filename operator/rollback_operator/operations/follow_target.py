"""Take a target that is at work one step further: before steps, rollout, after steps."""

import logging

from rollback_operator.domain import group, step_report, target_report
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.decisions import End, Follow, Goal, Restore, Wait
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.follow import Pursuit, lost, pursue
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.spec import Target
from rollback_operator.domain.status import ComponentState, TargetStatus, Version
from rollback_operator.domain.step import StepState, When
from rollback_operator.domain.times import format_time
from rollback_operator.domain.world import World
from rollback_operator.errors import Refused
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.claim_rollout import claim_rollout
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.follow_leader import LeaderFollower
from rollback_operator.operations.hand_back import hand_back
from rollback_operator.operations.judge_targets import TargetJudge
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.run_steps import StepRunner
from rollback_operator.operations.stage import LOOK_AGAIN, Stage, deadline
from rollback_operator.operations.take_snapshot import Recorder

logger = logging.getLogger(__name__)

LATE_STEPS = {
    Reason.RUNNING_BEFORE: Reason.BEFORE_FAILED,
    Reason.RUNNING_AFTER: Reason.AFTER_FAILED,
}
"""How a target ends whose steps could not be looked after until its deadline."""


class TargetFollower:
    """Follows one target of a request."""

    def __init__(
        self,
        cluster: Cluster,
        judge: TargetJudge,
        recorder: Recorder,
        keyring: Keyring,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self._cluster = cluster
        self._judge = judge
        self._recorder = recorder
        self._keyring = keyring
        self._clock = clock
        self._observer = observer
        self._steps = StepRunner(cluster, keyring)
        self._leader = LeaderFollower(cluster, keyring, clock)

    async def begin(
        self, world: World, plan: Restore, known: TargetStatus | None = None
    ) -> TargetStatus:
        """Run the `before` steps of the rollout that is left, and once they are done, claim it."""
        if world.live is not None and world.has_steps_before:
            steps = known.steps if known else []
            progress = await self._steps.advance(
                world, world.live, plan.goal, When.BEFORE, steps, plan.reverted
            )
            running = target_report.running_steps(world, plan, known, progress.steps)
            match progress.state:
                case StepState.RUNNING:
                    return running
                case StepState.FAILED:
                    text = f"{progress.problem}; {world.deployment} was left as it was"
                    end = End(Reason.BEFORE_FAILED, text)
                    return target_report.ended(running, end, None, self._clock())
                case StepState.SUCCEEDED:
                    known = running
        begun = await claim_rollout(self._cluster, self._keyring, world, plan, self._clock())
        if not begun.phase.is_final:
            self._observer.patched(world.request)
        if known is None:
            return begun
        return begun.model_copy(update={"steps": known.steps, "started_at": known.started_at})

    async def join(self, world: World, claim: Claim) -> TargetStatus:
        """Take up a rollback that was begun; what a crash left undone of our own is done now."""
        target = target_report.joined(world, claim)
        if claim.request_uid != world.request.uid or not claim.is_live_on(world.deployment):
            return target
        problem = await hand_back(self._cluster, None, world.deployment)
        return target_report.with_fields_kept(target, problem)

    async def follow(
        self, request: RollbackRequest, target: Target, at_work: TargetStatus, *, is_last: bool
    ) -> Stage:
        """Return where the target stands now; what must not be read is waited for, in its time.

        Raises:
            Stale: an object has changed since it was read.
            Unreachable: the API server does not answer.
        """
        try:
            return await self._follow(request, target, at_work, is_last=is_last)
        except Refused as refusal:
            text = f"{request.namespace}/{at_work.name} cannot be looked after: {refusal}"
            logger.warning("%s", text)
            now, by = self._clock(), deadline(request, at_work, self._clock())
            if now < by:
                return Stage(at_work, min(by, now + LOOK_AGAIN))
            reason = LATE_STEPS.get(at_work.reason, Reason.DEADLINE_EXCEEDED)
            return Stage(self._end(at_work, End(reason, text)), now)

    async def _follow(
        self, request: RollbackRequest, target: Target, at_work: TargetStatus, *, is_last: bool
    ) -> Stage:
        match at_work.reason:
            case Reason.RUNNING_BEFORE:
                moved_on = await self._follow_before(request, target, at_work)
            case Reason.RUNNING_AFTER:
                live = await self._cluster.deployment(request.namespace, at_work.name)
                if end := lost(self._pursuit(request, at_work, live, 0)):
                    moved_on = target_report.ended(at_work, end, live, self._clock())
                else:
                    moved_on = await self._follow_after(request, target, at_work, live)
            case _:
                return await self._follow_rollout(request, target, at_work, is_last=is_last)
        turned = moved_on.reason is not at_work.reason
        now = self._clock()
        return Stage(moved_on, now if turned else deadline(request, moved_on, now))

    async def _follow_before(
        self, request: RollbackRequest, target: Target, at_work: TargetStatus
    ) -> TargetStatus:
        one = group.unless_changed(await self._judge.one(request, target), at_work)
        match one.verdict:
            case Restore() as plan if one.world is not None:
                if self._is_late(request, at_work):
                    return self._end(at_work, End(Reason.BEFORE_FAILED, _late(request, at_work)))
                return await self.begin(one.world, plan, at_work)
            case Follow(claim) if one.world is not None:
                joined = await self.join(one.world, claim)
                return joined.model_copy(
                    update={
                        "steps": step_report.once_claimed(at_work.steps),
                        "started_at": at_work.started_at,
                    }
                )
            case End() as end:
                return self._end(at_work, end)
            case verdict:
                text = f"{at_work.name} changed while its `before` steps ran: {verdict}"
                return self._end(at_work, End(Reason.TARGET_CHANGED, text))

    async def _follow_rollout(
        self, request: RollbackRequest, target: Target, at_work: TargetStatus, *, is_last: bool
    ) -> Stage:
        live = await self._cluster.deployment(request.namespace, at_work.name)
        old_pods = 0 if is_last or live is None else await self._old_pods(live)
        verdict = pursue(self._pursuit(request, at_work, live, old_pods))
        if stage := await self._leader.look(request, at_work, live, verdict):
            return stage
        if isinstance(verdict, Wait):
            uncounted = old_pods and live is not None and live.counters.terminating is None
            polls = uncounted or at_work.following is not None
            soon = self._clock() + LOOK_AGAIN
            return Stage(at_work, min(verdict.until, soon) if polls else verdict.until)
        if verdict.reason is Reason.ROLLED_BACK and live is not None:
            # The return is on record before the request says that it is over.
            await self._recorder.try_observe(live)
            moved_on = await self._follow_after(request, target, at_work, live)
        else:
            moved_on = target_report.ended(at_work, verdict, live, self._clock())
        return Stage(moved_on, deadline(request, moved_on, self._clock()))

    async def _follow_after(
        self,
        request: RollbackRequest,
        target: Target,
        at_work: TargetStatus,
        live: Deployment | None,
    ) -> TargetStatus:
        """Run the `after` steps from the record of the rollout that was left."""
        back = End(Reason.ROLLED_BACK, _is_back(at_work, live))
        world = await self._judge.world(request, target)
        left = at_work.from_.snapshot if at_work.from_ else None
        if world is None or left is None:
            return target_report.ended(at_work, back, live, self._clock())
        rollout = world.history.find(left)
        if rollout is None or not world.history.signed:
            told = End(Reason.ROLLED_BACK, f"{back.message}{_left_to_people(rollout)}")
            return target_report.ended(at_work, told, live, self._clock())
        progress = await self._steps.advance(
            world, rollout, _goal(world, at_work), When.AFTER, at_work.steps, _reverted(at_work)
        )
        running = step_report.with_after_steps(at_work, progress.steps)
        match progress.state:
            case StepState.SUCCEEDED:
                steps = step_report.with_steps(at_work, progress.steps)
                done = at_work.model_copy(update={"steps": steps})
                return target_report.ended(done, back, live, self._clock())
            case StepState.FAILED:
                end = End(Reason.AFTER_FAILED, f"{back.message}, but {progress.problem}")
                return target_report.ended(running, end, live, self._clock())
            case StepState.RUNNING if self._is_late(request, at_work):
                end = End(Reason.AFTER_FAILED, f"{back.message}, but {_late(request, at_work)}")
                return target_report.ended(running, end, live, self._clock())
            case StepState.RUNNING:
                return running

    def _end(self, target: TargetStatus, end: End) -> TargetStatus:
        return target_report.ended(target, end, None, self._clock())

    def _is_late(self, request: RollbackRequest, target: TargetStatus) -> bool:
        return self._clock() >= deadline(request, target, self._clock())

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
        return Pursuit(
            name=f"{request.namespace}/{target.name}",
            deployment=live,
            uid=target.uid or "",
            reverted=_reverted(target),
            fingerprint=target.fingerprint or "",
            old_pods=old_pods,
            started=target.started_at or self._clock(),
            deadline=deadline(request, target, self._clock()),
            now=self._clock(),
        )


def _reverted(target: TargetStatus) -> tuple[str, ...]:
    return tuple(c.name for c in target.components if c.state is ComponentState.ALTERED)


def _late(request: RollbackRequest, target: TargetStatus) -> str:
    by = deadline(request, target, target.started_at or request.created)
    return f"its steps were not done by {format_time(by)}"


def _is_back(target: TargetStatus, live: Deployment | None) -> str:
    if live is None:
        return f"{target.name} is back"
    images = ", ".join(dict.fromkeys(live.template.images.values()))
    return f"{live} is back on {images}; {live.counters.available} of {live.replicas} available"


def _left_to_people(rollout: Snapshot | None) -> str:
    """Say so where `after` steps, if there are any, cannot be run."""
    if rollout is None:
        return (
            "; what was left is not on record any more: if it has `after` steps, run them by hand"
        )
    if any(step.when is When.AFTER for step in rollout.steps):
        return "; no known key vouches for its `after` steps: run them by hand"
    return ""


def _goal(world: World, target: TargetStatus) -> Goal:
    """Return the version that was put back: on record, or, where that had to make room, live."""
    to = target.to or Version()
    snapshot = world.history.find(to.snapshot)
    if snapshot is not None:
        return Goal.of(snapshot)
    return Goal(to.snapshot or "", to.revision or 0, world.deployment.template)
