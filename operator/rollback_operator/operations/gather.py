"""Gather what bears on one target of a request, in as few reads as can be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.flags import disabled_by
from rollback_operator.domain.names import RECORD_LABEL
from rollback_operator.domain.rollback_request import RollbackRequest, Target
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.world import World
from rollback_operator.kube import Cluster
from rollback_operator.operations.namespaces import Namespaces
from rollback_operator.operations.take_snapshot import Recorder


class Gatherer:
    """Reads the world of a target: the Deployment, and only where needed its ReplicaSets."""

    def __init__(
        self,
        cluster: Cluster,
        recorder: Recorder,
        namespaces: Namespaces,
        keyring: Keyring,
        clock: Callable[[], datetime],
        *,
        enabled: bool,
    ) -> None:
        self._cluster = cluster
        self._recorder = recorder
        self._namespaces = namespaces
        self._keyring = keyring
        self._clock = clock
        self._enabled = enabled

    async def gather(self, request: RollbackRequest, target: Target) -> World | None:
        """Return what bears on the target; None if there is no such Deployment."""
        deployment = await self._recorded(request.namespace, target.name)
        if deployment is None:
            return None
        claim = Claim.read(deployment.uid, deployment.annotations, self._keyring)
        needs_more = self._recorder.is_behind(deployment) or target.to is not None
        replica_sets = await self._cluster.replica_sets(deployment) if needs_more else ()
        world = World(
            request=request,
            target=target,
            deployment=deployment,
            history=self._recorder.read(deployment, replica_sets),
            claim=claim,
            replica_sets=replica_sets,
            holder_is_active=False,
            disabled_by=await self._disabled_by(deployment),
            now=self._clock(),
        )
        if world.running_claim is None:
            return world
        return replace(world, holder_is_active=await self._is_at_work(world.running_claim, request))

    async def _recorded(self, namespace: str, name: str) -> Deployment | None:
        """Return the Deployment, with a rollout that was done just now recorded first."""
        deployment = await self._cluster.deployment(namespace, name)
        if deployment is None or RECORD_LABEL in deployment.labels or not deployment.is_done:
            return deployment
        newest = self._recorder.read(deployment).newest
        if newest is not None and newest.template.same_as(deployment.template):
            return deployment
        await self._recorder.observe(deployment)
        return await self._cluster.deployment(namespace, name)

    async def _is_at_work(self, claim: Claim, request: RollbackRequest) -> bool:
        """Whether the request that holds the claim has not ended, and is there at all."""
        holder = await self._cluster.request(request.namespace, claim.request)
        if holder is None or holder.uid != claim.request_uid:
            return False
        return not holder.status.phase.is_final

    async def _disabled_by(self, deployment: Deployment) -> str | None:
        labels = await self._namespaces.labels(deployment.namespace)
        return disabled_by(deployment.labels, labels, enabled=self._enabled)
