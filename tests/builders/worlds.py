"""Worlds: a request's target with all that bears on it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from builders.deployments import DeploymentBuilder, a_deployment, a_replica_set
from builders.histories import NOON, HistoryBuilder, a_claim, a_history, id_of
from builders.requests import RequestBuilder, a_request
from builders.templates import Version
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import ReplicaSet
from rollback_operator.domain.preparation import Preparation
from rollback_operator.domain.snapshot import Executed
from rollback_operator.domain.world import World


@dataclass(frozen=True)
class WorldBuilder:
    """Builds a world in which the newest snapshot is live and serving."""

    request: RequestBuilder
    history: HistoryBuilder
    deployment: DeploymentBuilder | None = None
    claim: Claim | None = None
    replica_sets: tuple[ReplicaSet, ...] = ()
    holder_is_active: bool = False
    disabled_by: str | None = None
    unadmitted: str | None = None
    now: datetime = NOON + timedelta(hours=2)
    was_executed: bool = False
    preparations: tuple[Preparation, ...] = ()

    def build(self) -> World:
        request, history = self.request.build(), self.history.build()
        newest = history.newest
        live = self.deployment or a_deployment(newest.template if newest else "A").at_revision(
            newest.revision if newest else 1
        )
        world = World(
            request=request,
            target=(request.spec.targets or [])[0],
            deployment=live.build(),
            history=history,
            claim=self.claim,
            replica_sets=self.replica_sets,
            holder_is_active=self.holder_is_active,
            disabled_by=self.disabled_by,
            unadmitted=self.unadmitted,
            step_accounts=(),
            other_claims=(),
            now=self.now,
            preparations=self.preparations,
        )
        if not self.was_executed:
            return world
        line = Executed("an-earlier-one", request.name, world.request_hash)
        return replace(world, history=history.with_executed([line]))

    def with_(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def asked(self, request: RequestBuilder) -> Self:
        return replace(self, request=request)

    def live(self, deployment: DeploymentBuilder) -> Self:
        return replace(self, deployment=deployment)

    def unfinished(self, version: Version, revision: int = 9) -> Self:
        """Let the controller be at work on a version that it has numbered."""
        live = a_deployment(version).at_revision(revision).rolling_out()
        carried = (*self.replica_sets, a_replica_set(version, revision))
        return replace(self, deployment=live, replica_sets=carried)

    def rolling_back_to(self, revision: int, **claim: Any) -> Self:
        """Let an active request roll the newest snapshot back; its target's template is live."""
        history = self.history.build()
        target, newest = history.at_revision(revision), history.newest
        assert target is not None
        assert newest is not None
        held = replace(self, claim=a_claim(newest, target, **claim), holder_is_active=True)
        return held.unfinished(target.template, newest.revision + 1)


def a_preparation(target: str = id_of("A", 1)) -> Preparation:
    """Return a rollback of another request, of the image, whose `before` steps run."""
    return Preparation("other", "other-uid", target, frozenset({"web/image"}), NOON)


def a_world(history: HistoryBuilder | None = None) -> WorldBuilder:
    """Begin with a default request and versions A and B on record, B live."""
    return WorldBuilder(a_request(), history or a_history("A", "B"))
