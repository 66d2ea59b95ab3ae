"""Fill in what a dry run tells of each target; it reads, and rehearses the very patch."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rollback_operator.domain import group
from rollback_operator.domain.decisions import Restore
from rollback_operator.domain.group import Judged
from rollback_operator.domain.preview import Surroundings, preview, previewed
from rollback_operator.domain.references import references
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.status import TargetStatus
from rollback_operator.domain.template import JsonObject, Template
from rollback_operator.domain.world import World
from rollback_operator.kube.preview import PreviewCluster
from rollback_operator.operations.claim_rollout import commitment

AT_ONCE = 16
"""Targets that are looked at side by side."""


@dataclass(frozen=True)
class Candidate:
    """A target that would be rolled back."""

    name: str
    world: World
    plan: Restore


@dataclass(frozen=True)
class Namespace:
    """What all targets of a request share; None where it may not be read."""

    quotas: list[JsonObject] | None
    budgets: list[JsonObject] | None
    refused: str | None


class Previewer:
    """Previews the targets of a dry run."""

    def __init__(
        self, cluster: PreviewCluster, keyring: Keyring, clock: Callable[[], datetime]
    ) -> None:
        self._cluster = cluster
        self._keyring = keyring
        self._clock = clock

    async def fill(
        self, request: RollbackRequest, judged: Sequence[Judged], statuses: Sequence[TargetStatus]
    ) -> list[TargetStatus]:
        """Return the statuses with a preview of each target that would be rolled back.

        `judged` is in the order in which the targets would be rolled back.

        Raises:
            Stale: a Deployment is not as it was judged; judge again.
        """
        candidates = [
            Candidate(one.target.name, one.world, one.verdict)
            for one in judged
            if isinstance(one.verdict, Restore) and one.world is not None
        ]
        if not candidates:
            return list(statuses)
        by_name = {status.name: status for status in statuses}
        around = await self._around(request, judged)
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(turn: int, candidate: Candidate) -> TargetStatus:
            async with limit:
                seen = await self._look(candidate, around)
            found = preview(candidate.world, candidate.plan, seen, turn, len(candidates))
            return previewed(by_name[candidate.name], found)

        turns = (one(turn, candidate) for turn, candidate in enumerate(candidates, start=1))
        return group.merge(statuses, await asyncio.gather(*turns))

    async def _around(self, request: RollbackRequest, judged: Sequence[Judged]) -> Namespace:
        refused = next((one.target.name for one in judged if one.is_failure), None)
        return Namespace(
            quotas=await self._cluster.quotas(request.namespace),
            budgets=await self._cluster.disruption_budgets(request.namespace),
            refused=refused if group.is_refused(request, judged) else None,
        )

    async def _look(self, candidate: Candidate, around: Namespace) -> Surroundings:
        """Gather what bears on one target."""
        live = candidate.world.deployment
        _, patch = commitment(self._keyring, candidate.world, candidate.plan, self._clock())
        rehearsal = await self._cluster.rehearse(live, patch)
        stored = rehearsal.stored
        result = Template(stored["spec"]["template"]) if stored else candidate.plan.result
        wanted = references(result)
        is_there = (self._cluster.is_there(live.namespace, reference) for reference in wanted)
        there = await asyncio.gather(*is_there)
        return Surroundings(
            rehearsal=rehearsal,
            refused=around.refused,
            gone=[r for r, found in zip(wanted, there, strict=True) if found is False],
            unread=[r for r, found in zip(wanted, there, strict=True) if found is None],
            quotas=around.quotas,
            budgets=around.budgets,
        )
