"""Commit to a rollback: claim and template in one patch."""

import logging
from datetime import datetime

from rollback_operator.domain import annotations, target_report
from rollback_operator.domain.claim import Claim, unrecorded
from rollback_operator.domain.decisions import End, Restore
from rollback_operator.domain.json_patch import Operations, claim_patch
from rollback_operator.domain.last_applied import LAST_APPLIED, rewrite
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.secrecy import redact
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.status import TargetStatus
from rollback_operator.domain.world import World
from rollback_operator.errors import Forbidden, Refused, Stale
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.hand_back import hand_back

logger = logging.getLogger(__name__)

EARLIER_LIMIT = 4
"""Ledger lines of void claims that a claim carries on until they are recorded."""


async def claim_rollout(
    cluster: Cluster, keyring: Keyring, world: World, plan: Restore, now: datetime
) -> TargetStatus:
    """Patch the Deployment (trap 26) and return the target's status: begun, or refused for good.

    Raises:
        Stale: the Deployment is not as it was judged; judge again.
        Unreachable: after a refusal it cannot be seen whether that is all; repeat later.
    """
    claim, patch = commitment(keyring, world, plan, now)
    try:
        patched = await cluster.patch(world.deployment, patch)
    except Refused as refusal:
        if await _is_committed(cluster, keyring, world):
            message = f"{world.deployment} was patched, although the answer was: {refusal}"
            raise Stale(message) from refusal
        found = target_report.found(world, plan.goal, plan.altered)
        return target_report.ended(found, _explain(world, plan, refusal), None, now)
    logger.info("%s: patched for request %s", world.deployment, world.request.name)
    problem = await hand_back(cluster, world.deployment, patched)
    begun = target_report.begun(world, plan, patched, claim)
    return target_report.with_fields_kept(begun, problem)


async def _is_committed(cluster: Cluster, keyring: Keyring, world: World) -> bool:
    """Whether the claim is there: a refusal from before the API server may come too late."""
    judged = world.deployment
    live = await cluster.deployment(judged.namespace, judged.name)
    claim = Claim.read(live.uid, live.annotations, keyring) if live else None
    return claim is not None and claim.request_uid == world.request.uid


def commitment(
    keyring: Keyring, world: World, plan: Restore, now: datetime
) -> tuple[Claim, Operations]:
    """Return the claim and the one patch that commits to it, which a dry run only rehearses."""
    claim, live = _claim(world, plan, now), world.deployment
    return claim, claim_patch(
        live,
        claim.encode(keyring),
        plan.result,
        manifest=rewrite(live.annotation(LAST_APPLIED), live.template, plan.result),
        lost=annotations.lost(live, world.history, keyring),
        unchanged=world.is_recalled,
    )


def _claim(world: World, plan: Restore, now: datetime) -> Claim:
    live = world.live
    return Claim(
        uid=world.deployment.uid,
        replica_set=live.replica_set if live else _unfinished_replica_set(world),
        revision=live.revision if live else world.known_revision or 0,
        target=plan.goal.snapshot,
        target_revision=plan.goal.revision,
        components=plan.reverted,
        result=plan.result.digest,
        request=world.request.name,
        request_uid=world.request.uid,
        request_hash=world.request_hash,
        at=now.replace(microsecond=0),
        earlier=unrecorded(world.claims, world.history)[-EARLIER_LIMIT:],
        live_revision=world.deployment.revision,
    )


def _unfinished_replica_set(world: World) -> str:
    """Return the UID of the ReplicaSet of an unfinished rollout that is abandoned."""
    live = world.deployment.template
    return next((r.uid for r in world.replica_sets if r.template.same_as(live)), "")


def _explain(world: World, plan: Restore, refusal: Refused) -> End:
    """Say what was refused; who refuses quotes what they do not like, which may be a secret."""
    live = world.deployment
    said = redact(str(refusal), (live.template, plan.result), (live.name, live.namespace))
    if isinstance(refusal, Forbidden):
        return End(Reason.FORBIDDEN, f"the API server does not let {live} be patched: {said}")
    return End(Reason.PATCH_REJECTED, f"the recorded template of {live} is rejected: {said}")
