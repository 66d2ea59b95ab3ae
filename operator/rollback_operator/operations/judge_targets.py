"""Find the Deployments that a request means, and judge each of them."""

import asyncio
from collections.abc import Sequence

from rollback_operator.domain import judge
from rollback_operator.domain.decisions import End, Follow, Restore
from rollback_operator.domain.group import Judged
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.spec import Target
from rollback_operator.domain.times import format_time
from rollback_operator.domain.world import World
from rollback_operator.errors import Refused
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.gather import Gatherer

AT_ONCE = 16
"""Targets that are gathered side by side."""
MOST_SELECTED = 200
"""Deployments that one selector may match: the status of many more would not fit into etcd."""


class TargetJudge:
    """Gathers and judges targets; writes nothing."""

    def __init__(self, cluster: Cluster, gatherer: Gatherer, clock: Clock) -> None:
        self._cluster = cluster
        self._gatherer = gatherer
        self._clock = clock

    async def targets(self, request: RollbackRequest) -> list[Target] | End:
        """Return the targets: as named, as pinned in the status, or as selected now."""
        if request.spec.targets:
            return list(request.spec.targets)
        if request.status.targets:
            return [Target(name=target.name) for target in request.status.targets]
        return await self._selected(request)

    async def all(self, request: RollbackRequest, targets: Sequence[Target]) -> list[Judged]:
        """Judge the targets, all before the first write."""
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(target: Target) -> Judged:
            async with limit:
                return await self.one(request, target)

        return list(await asyncio.gather(*(one(target) for target in targets)))

    async def world(self, request: RollbackRequest, target: Target) -> World | None:
        """Gather what bears on a target, without judging it."""
        return await self._gatherer.gather(request, target)

    async def one(self, request: RollbackRequest, target: Target) -> Judged:
        """Judge one target as it is now.

        What the watch showed last may be patched, as the patch tests it; it refuses nothing, and
        nothing else is begun on it: no step, no other target of a group, and no preview.
        """
        try:
            recalled = await self._recall(request, target)
            judged = self._judge(request, target, recalled) if recalled else None
            if judged is not None and isinstance(judged.verdict, Restore):
                return judged
            return self._judge(request, target, await self._gatherer.gather(request, target))
        except Refused as refusal:
            text = f"the operator may not read what it needs to judge {target.name}: {refusal}"
            return Judged(target, None, End(Reason.FORBIDDEN, text))

    async def _recall(self, request: RollbackRequest, target: Target) -> World | None:
        if len(request.spec.targets or ()) != 1 or request.spec.dry_run:
            return None
        recalled = await self._gatherer.recall(request, target)
        return None if recalled is None or recalled.has_steps_before else recalled

    def _judge(self, request: RollbackRequest, target: Target, world: World | None) -> Judged:
        if world is None:
            text = f"there is no deployment {request.namespace}/{target.name}; check `targets`"
            return Judged(target, None, End(Reason.DEPLOYMENT_NOT_FOUND, text))
        if world.claim is not None and world.claim.request_uid == request.uid:
            return Judged(target, world, Follow(world.claim))
        return Judged(target, world, judge.judge(world))

    async def _selected(self, request: RollbackRequest) -> list[Target] | End:
        spec = request.spec
        if spec.as_of is not None and spec.as_of > self._clock():
            text = f"`asOf` {format_time(spec.as_of)} is in the future; give a time that has passed"
            return End(Reason.FUTURE_AS_OF, text)
        selector = spec.model_dump(by_alias=True, exclude_none=True, mode="json").get(
            "selector", {}
        )
        try:
            names = await self._cluster.deployment_names(request.namespace, selector)
        except Refused as refusal:
            return End(Reason.FORBIDDEN, f"the operator may not list Deployments: {refusal}")
        if not names:
            text = f"`selector` matches no Deployment in namespace {request.namespace}"
            return End(Reason.NOTHING_SELECTED, text)
        if len(names) > MOST_SELECTED:
            text = (
                f"`selector` matches {len(names)} Deployments in namespace {request.namespace};"
                f" one request takes {MOST_SELECTED} at most: select fewer"
            )
            return End(Reason.INVALID_REQUEST, text)
        return [Target(name=name) for name in names]
