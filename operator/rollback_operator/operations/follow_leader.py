"""A request that follows another one's rollback ends with it, its `after` steps included."""

from rollback_operator.domain import target_report
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.decisions import End, Wait
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.leader import failure, is_at_work
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.status import TargetStatus
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.stage import LOOK_AGAIN, Stage, deadline


class LeaderFollower:
    """Looks at the request that is followed. Without it, the follower goes on by itself."""

    def __init__(self, cluster: Cluster, keyring: Keyring, clock: Clock) -> None:
        self._cluster = cluster
        self._keyring = keyring
        self._clock = clock

    async def look(
        self,
        request: RollbackRequest,
        at_work: TargetStatus,
        live: Deployment | None,
        verdict: End | Wait,
    ) -> Stage | None:
        """Return where the follower stands while its leader decides that; else None.

        `verdict` is what the Deployment itself says.
        """
        serves = verdict.reason is Reason.ROLLED_BACK
        if at_work.following is None or not (serves or isinstance(verdict, Wait)):
            return None
        leader = await self._leader(request, at_work.following, live)
        if leader is None:
            return None
        now = self._clock()
        if end := failure(leader, at_work, serves=serves):
            return Stage(target_report.ended(at_work, end, live, now), now)
        if not serves or not is_at_work(leader, at_work.name):
            return None
        by = deadline(request, at_work, now)
        # Once it is late the follower finds out by itself whether there are steps to wait for.
        return Stage(at_work, min(by, now + LOOK_AGAIN)) if now < by else None

    async def _leader(
        self, request: RollbackRequest, name: str, live: Deployment | None
    ) -> RollbackRequest | None:
        """Return the request that holds the claim; another one of its name is none to wait for."""
        leader = await self._cluster.request(request.namespace, name)
        claim = Claim.read(live.uid, live.annotations, self._keyring) if live else None
        if leader is None or leader.uid == request.uid:
            return None
        return leader if claim is None or claim.request_uid == leader.uid else None
