"""Gather what the recorder decides on: ReplicaSets always, pods and steps only for a snapshot."""

import asyncio
import logging
from dataclasses import replace

from rollback_operator.domain import annotations, steps
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.digests import running_digests
from rollback_operator.domain.names import is_object_name
from rollback_operator.domain.sight import Missed, Seen, Sight
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.step import Step, When
from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import Refused
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.clock import Clock

logger = logging.getLogger(__name__)


class Sightings:
    """Looks at a Deployment closely."""

    def __init__(self, cluster: Cluster, keyring: Keyring, clock: Clock) -> None:
        self._cluster = cluster
        self._keyring = keyring
        self._clock = clock

    async def look(self, deployment: Deployment, seen: Seen, missed: Missed) -> Sight:
        """Return what there is to decide on."""
        replica_sets = await self._cluster.replica_sets(deployment)
        history = annotations.read_best(deployment, replica_sets, self._keyring)
        own = annotations.read_own(deployment, self._keyring, believing=not history.signed)
        if self._keyring.keys and not history.signed:
            # Signing what anyone could have written would make it look like ours.
            history = history.corroborated_by(replica_sets)
        sight = Sight(
            deployment=deployment,
            history=history,
            own=own.sequence if own else 0,
            claim=Claim.read(deployment.uid, deployment.annotations, self._keyring),
            replica_sets=replica_sets,
            first=missed.first,
            missed=missed.revisions,
            unwatched=missed.unwatched,
            rewound=history.sequence < seen.sequence,
            now=self._clock(),
            other_claims=Claim.read_all(deployment.uid, replica_sets, self._keyring),
            crowded=annotations.is_crowded(deployment.annotations),
        )
        return await self._with_pods_and_steps(sight) if sight.shows_new_pods else sight

    async def _with_pods_and_steps(self, sight: Sight) -> Sight:
        replica_set = sight.live_replica_set
        pods = await self._pods(sight.deployment, replica_set) if replica_set else []
        named = list(steps.referenced(sight.deployment.template))
        recorded = await asyncio.gather(*(self._step(sight, when, name) for when, name in named))
        return replace(sight, digests=running_digests(pods), steps=tuple(recorded))

    async def _pods(self, deployment: Deployment, replica_set: ReplicaSet) -> list[JsonObject]:
        """List the pods, for their digests; those are recorded only where they are known."""
        try:
            return await self._cluster.pods(deployment, replica_set)
        except Refused as refusal:
            logger.warning("%s: digests are not recorded: %s", deployment, refusal)
            return []

    async def _step(self, sight: Sight, when: When, name: str) -> Step:
        if not is_object_name(name):
            return steps.misnamed(when, name)
        try:
            found = await self._cluster.cron_job(sight.deployment.namespace, name)
        except Refused as refusal:
            return Step(when, name, None, f"CronJob {name} could not be read: {refusal}")
        return steps.recorded(when, name, found)
