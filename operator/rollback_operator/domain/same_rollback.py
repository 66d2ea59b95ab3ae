"""Would a request have done what another one is doing already? Then it follows that one."""

from dataclasses import replace

from rollback_operator.domain.claim import Claim
from rollback_operator.domain.decisions import Goal, Restore
from rollback_operator.domain.plan import plan
from rollback_operator.domain.preparation import Preparation
from rollback_operator.domain.resolve import resolve
from rollback_operator.domain.snapshot import History
from rollback_operator.domain.spec import Mode, UnfinishedRollout
from rollback_operator.domain.template import Template
from rollback_operator.domain.world import World


def would_do_the_same(world: World, claim: Claim) -> bool:
    """Whether the request means the target and the components of the claim.

    It is judged as things were before the claim: what is live now is the claim's own work, and
    once that is on record "the version before" would be an older one.
    """
    before = _before(world, claim)
    if _would_not_have_begun(before):
        return False
    goal = resolve(before)
    if not isinstance(goal, Goal) or goal.snapshot != claim.target:
        return False
    if world.target.components.mode is Mode.ALL:
        return goal.template.digest == claim.result
    planned = plan(before, goal)
    return isinstance(planned, Restore) and planned.result.digest == claim.result


def would_prepare_the_same(world: World, other: Preparation) -> bool:
    """Whether the request means the target and the components that are being prepared for."""
    goal = resolve(world)
    if not isinstance(goal, Goal) or goal.snapshot != other.target:
        return False
    planned = plan(world, goal)
    return isinstance(planned, Restore) and frozenset(planned.reverted) == other.components


def _would_not_have_begun(before: World) -> bool:
    """Whether an unfinished rollout was left, for which the request has no target to name."""
    is_unfinished = before.live is None and not before.names_its_goal
    return is_unfinished and before.request.spec.unfinished_rollout is not UnfinishedRollout.ABANDON


def _before(world: World, claim: Claim) -> World:
    history = _history_before(world.history, claim)
    left = _template_left(world, history, claim) or world.deployment.template
    return replace(
        world,
        deployment=replace(world.deployment, template=left),
        history=history,
        claim=None,
        holder_is_active=False,
    )


def _history_before(history: History, claim: Claim) -> History:
    newest = history.newest
    if newest is None or newest.returned_to != claim.target or not claim.is_spent(history):
        return history
    return replace(history, snapshots=history.snapshots[:-1])


def _template_left(world: World, history: History, claim: Claim) -> Template | None:
    """Return what the claim left: the newest on record, or what its ReplicaSet alone has."""
    if (recorded := history.find(claim.rollout)) is not None:
        return recorded.template if recorded == history.newest else None
    of_claim = (r for r in world.replica_sets if r.uid == claim.replica_set)
    return next((r.template.without_hash() for r in of_claim), None)
