"""Gather what bears on one target of a request, in as few reads as can be."""

from collections.abc import Sequence
from dataclasses import replace

from rollback_operator.domain import annotations
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.flags import disabled_by
from rollback_operator.domain.leader import is_at_work
from rollback_operator.domain.preparation import Preparation
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.rollbackable import default_target
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import History, Snapshot
from rollback_operator.domain.spec import Target
from rollback_operator.domain.step import When
from rollback_operator.domain.step_marks import ROLLOUT_LABEL, WHEN_LABEL
from rollback_operator.domain.step_seal import is_sealed
from rollback_operator.domain.template import JsonObject
from rollback_operator.domain.world import World
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.admission_check import AdmissionCheck
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.namespaces import Namespaces
from rollback_operator.operations.recent import RecentDeployments
from rollback_operator.operations.take_snapshot import Recorder
from rollback_operator.settings import Settings


class Gatherer:
    """Reads the world of a target: the Deployment, and only where needed its ReplicaSets."""

    def __init__(
        self,
        cluster: Cluster,
        recorder: Recorder,
        recent: RecentDeployments,
        namespaces: Namespaces,
        keyring: Keyring,
        clock: Clock,
        settings: Settings,
        admission: AdmissionCheck,
    ) -> None:
        self._cluster = cluster
        self._recorder = recorder
        self._recent = recent
        self._namespaces = namespaces
        self._keyring = keyring
        self._clock = clock
        self._settings = settings
        self._admission = admission

    async def recall(self, request: RollbackRequest, target: Target) -> World | None:
        """Return what bears on the target by the copy that the watch showed last, if there is one.

        It is good enough to decide on a write that tests its resourceVersion, and for nothing else.
        """
        deployment = self._recent.take(request.namespace, target.name)
        if deployment is None:
            return None
        world = await self._around(request, target, deployment)
        return replace(world, is_recalled=True)

    async def gather(self, request: RollbackRequest, target: Target) -> World | None:
        """Return what bears on the target, read now; None if there is no such Deployment."""
        self._recent.forget(request.namespace, target.name)
        deployment = await self._recorded(request.namespace, target.name)
        if deployment is None:
            return None
        return await self._around(request, target, deployment)

    async def _around(
        self, request: RollbackRequest, target: Target, deployment: Deployment
    ) -> World:
        claim = Claim.read(deployment.uid, deployment.annotations, self._keyring)
        replica_sets = await self._replica_sets(deployment, target, claim)
        world = World(
            request=request,
            target=target,
            deployment=deployment,
            history=self._history(deployment, replica_sets),
            claim=claim,
            replica_sets=replica_sets,
            other_claims=Claim.read_all(deployment.uid, replica_sets, self._keyring),
            holder_is_active=False,
            disabled_by=await self._disabled_by(deployment),
            step_accounts=self._settings.step_service_accounts,
            now=self._clock(),
            unadmitted=await self._admission.problem_of(request),
        )
        claim, jobs = world.live_claim, await self._before_jobs(world)
        return replace(
            world,
            before_jobs=jobs,
            holder_is_active=claim is not None
            and await self._is_at_work(deployment, claim.request, claim.request_uid),
            preparations=await self._preparations(world, jobs),
        )

    def _history(self, deployment: Deployment, replica_sets: Sequence[ReplicaSet]) -> History:
        """Return the best copy; with a gap where it was rewound, and nothing tells yet."""
        best = annotations.read_best(deployment, replica_sets, self._keyring)
        return best.with_gap() if self._recorder.has_seen_more_than(best) else best

    async def _replica_sets(
        self, deployment: Deployment, target: Target, claim: Claim | None
    ) -> tuple[ReplicaSet, ...]:
        """List them only where the history does not suffice: a read is a delay."""
        own = annotations.read_own(deployment, self._keyring)
        suffices = (
            own is not None
            and own.newest is not None
            and own.newest.template.same_as(deployment.template)
            and isinstance(default_target(own), Snapshot)
            and target.to is None
            and (claim is None or own.find(claim.rollout) is not None)
            and not self._recorder.is_behind(deployment)
        )
        return () if suffices else await self._cluster.replica_sets(deployment)

    async def _recorded(self, namespace: str, name: str) -> Deployment | None:
        """Return the Deployment, with a rollout that was done just now recorded first."""
        deployment = await self._cluster.deployment(namespace, name)
        if (
            deployment is None
            or not deployment.is_done
            or not self._settings.records(deployment.labels)
        ):
            return deployment
        own = annotations.read_own(deployment, self._keyring)
        if own and own.newest and own.newest.template.same_as(deployment.template):
            return deployment
        await self._recorder.try_observe(deployment)
        return await self._cluster.deployment(namespace, name)

    async def _before_jobs(self, world: World) -> tuple[JsonObject, ...]:
        """Return the Jobs that were made of the `before` steps of the live rollout, if any."""
        live, namespace = world.live, world.deployment.namespace
        if live is None or not any(step.when is When.BEFORE for step in live.steps):
            return ()
        labels = {ROLLOUT_LABEL: live.id, WHEN_LABEL: When.BEFORE.value}
        jobs = await self._cluster.jobs(namespace, labels)
        return tuple(job for job in jobs if is_sealed(job, self._keyring))

    async def _preparations(
        self, world: World, jobs: Sequence[JsonObject]
    ) -> tuple[Preparation, ...]:
        """Return what others prepare; nothing once this request has begun."""
        begun = [Preparation.of_job(job) for job in jobs]
        if any(one.request_uid == world.request.uid for one in begun):
            return ()
        return tuple(
            [
                one
                for one in {other.request_uid: other for other in begun}.values()
                if await self._is_at_work(world.deployment, one.request, one.request_uid)
            ]
        )

    async def _is_at_work(self, deployment: Deployment, name: str, uid: str) -> bool:
        """Whether the request is there and has not ended with the Deployment."""
        holder = await self._cluster.request(deployment.namespace, name)
        if holder is None or holder.uid != uid:
            return False
        return is_at_work(holder, deployment.name)

    async def _disabled_by(self, deployment: Deployment) -> str | None:
        if not self._settings.selects(deployment.labels):
            selector = self._settings.label_selector
            return f"the operator's setting ROLLBACK_LABEL_SELECTOR={selector}, which leaves it out"
        marks = await self._namespaces.marks(deployment.namespace)
        return disabled_by(deployment.labels, marks, enabled=self._settings.enabled)
