"""What is gathered about one target before it is judged."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment, ReplicaSet, live_replica_set
from rollback_operator.domain.preparation import Preparation
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.snapshot import History, Snapshot
from rollback_operator.domain.spec import MAY_CHANGE, Target
from rollback_operator.domain.step import When
from rollback_operator.domain.template import JsonObject, digest


@dataclass(frozen=True)
class World:
    """One target of a request, and all that bears on it.

    `replica_sets` is empty where the history alone was enough to judge by, and so are
    `other_claims`, the copies of claims on them. `disabled_by` names the switch that turns
    rollbacks off; `step_accounts` are ServiceAccounts that steps may have besides their pod's;
    `unadmitted` says why the request must not be carried out for want of admission policies;
    `holder_is_active` says whether the request that holds the claim is still at work,
    `before_jobs` are the Jobs of the live rollout's `before` steps, as it is judged by them,
    `preparations` are rollbacks of other requests at work that made some of them, and
    `is_recalled` says that the Deployment is a copy from the watch, which may be old.
    """

    request: RollbackRequest
    target: Target
    deployment: Deployment
    history: History
    claim: Claim | None
    replica_sets: tuple[ReplicaSet, ...]
    other_claims: tuple[Claim, ...]
    holder_is_active: bool
    disabled_by: str | None
    step_accounts: tuple[str, ...]
    now: datetime
    is_recalled: bool = False
    unadmitted: str | None = None
    before_jobs: tuple[JsonObject, ...] = ()
    preparations: tuple[Preparation, ...] = ()

    @cached_property
    def live(self) -> Snapshot | None:
        """The newest snapshot, if its template is live; None while a rollout is unfinished."""
        newest = self.history.newest
        is_live = newest is not None and newest.template.same_as(self.deployment.template)
        return newest if is_live else None

    @property
    def known_revision(self) -> int | None:
        """The controller's number of the live rollout; None until it has seen that one.

        Until then the Deployment has the number of the rollout before (trap 11).
        """
        live = live_replica_set(self.deployment, self.replica_sets)
        return (live.revision or None) if live else None

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims that are left."""
        return (*self.other_claims, self.claim) if self.claim else self.other_claims

    @cached_property
    def live_claim(self) -> Claim | None:
        """The claim whose rollback is live, recorded or not."""
        is_live = self.claim is not None and self.claim.is_live_on(self.deployment)
        return self.claim if is_live else None

    @property
    def running_claim(self) -> Claim | None:
        """The claim whose rollback is live and not recorded yet."""
        claim = self.live_claim
        return None if claim is None or claim.is_spent(self.history) else claim

    @property
    def claim_at_work(self) -> Claim | None:
        """The claim of a rollback that is not over: also of one whose `after` steps still run."""
        return self.live_claim if self.holder_is_active else self.running_claim

    @property
    def names_its_goal(self) -> bool:
        """Whether the request says where to go, by `to` or by `asOf`."""
        return self.target.to is not None or self.request.spec.as_of is not None

    @property
    def is_unfinished_return(self) -> bool:
        """Whether the unfinished rollout goes back to something on the line."""
        beneath = self.history.below(self.history.newest)
        return self.running_claim is not None or any(
            snapshot.template.same_as(self.deployment.template) for snapshot in beneath
        )

    @property
    def has_steps_before(self) -> bool:
        """Whether something has to be done before what is live is left."""
        return self.live is not None and any(s.when is When.BEFORE for s in self.live.steps)

    @property
    def starting_deadline(self) -> datetime:
        """When a request that could not begin expires."""
        return starting_deadline(self.request)

    @property
    def request_hash(self) -> str:
        """The hash that the ledger keeps."""
        return request_hash(self.request)


def starting_deadline(request: RollbackRequest) -> datetime:
    """Return when a request expires that has not begun."""
    return request.created + timedelta(seconds=request.spec.starting_deadline_seconds)


def request_hash(request: RollbackRequest) -> str:
    """Return a hash of a request's name and spec, without what may be changed later.

    A request that is deleted and applied again has another UID and the same hash (trap 34).
    """
    spec = request.spec.model_dump(mode="json", exclude=set(MAY_CHANGE), exclude_defaults=True)
    if request.spec.as_of is not None:
        spec["as_of"] = request.spec.as_of.timestamp()
    for components in (target.get("components", {}) for target in spec.get("targets", ())):
        # A set to the API server, which lets its order be changed.
        components["names"] = sorted(components.get("names") or ())
    return digest([request.name, spec])
