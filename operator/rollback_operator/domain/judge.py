"""May this target be rolled back, and to what: small rules in the order of the specification."""

from collections.abc import Callable
from typing import TypeAlias

from rollback_operator.domain.components import altered
from rollback_operator.domain.decisions import End, Follow, Goal, Restore, Verdict, Wait
from rollback_operator.domain.gitops import applied_by
from rollback_operator.domain.plan import plan
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.resolve import candidates, resolve, unknown_containers
from rollback_operator.domain.same_rollback import would_do_the_same, would_prepare_the_same
from rollback_operator.domain.spec import From, Mode, UnfinishedRollout
from rollback_operator.domain.step_rules import problem_of_steps
from rollback_operator.domain.template import describe_images, name_images
from rollback_operator.domain.times import format_time
from rollback_operator.domain.world import World

Rule: TypeAlias = Callable[[World], Verdict | None]


def judge(world: World) -> Verdict:
    """Return the first rule's verdict, or how the template is to be restored."""
    for rule in RULES:
        if (verdict := rule(world)) is not None:
            return verdict
    goal = resolve(world)
    if isinstance(goal, End):
        return goal
    planned = plan(world, goal)
    if isinstance(planned, Restore) and (problem := problem_of_steps(world, planned.goal)):
        return problem
    return planned


def nobody_checked_who_asks(world: World) -> End | None:
    """The operator has rights that its users lack: what nobody checked is not done for them."""
    if world.unadmitted is None:
        return None
    return End(Reason.ADMISSION_MISSING, world.unadmitted)


def rollbacks_are_off(world: World) -> End | None:
    """S12: recording goes on, requests are refused."""
    if world.disabled_by is None:
        return None
    return End(
        Reason.DISABLED, f"rollbacks of {world.deployment} are turned off by {world.disabled_by}"
    )


def git_needs_a_from(world: World) -> End | None:
    """What a tool applies for ever must be a predicate on state, not an event."""
    tool = applied_by(world.request)
    if tool is None or world.target.from_ is not None:
        return None
    live = world.deployment.template.images
    images = ", ".join(f'{name}: "{image}"' for name, image in live.items())
    return End(
        Reason.FROM_REQUIRED,
        f"{tool} applies request {world.request.name} again and again, so the target"
        f" {world.target.name} needs to say what it leaves: `from: {{images: {{{images}}}}}`",
    )


def was_executed_before(world: World) -> End | None:
    """S4 and trap 34: the same name and spec never rolls back twice."""
    asked, running = world.request_hash, world.running_claim
    claims = [*world.other_claims, *([world.claim] if world.claim else [])]
    lines = [e for c in claims for e in (c.earlier if c == running else c.ledger)]
    on_claim = any(line.hash == asked for line in lines)
    if not on_claim and not world.history.has_executed(asked):
        return None
    return End(
        Reason.ALREADY_EXECUTED,
        f"request {world.request.name} has rolled {world.deployment} back before; to do it again,"
        " give the request another name",
    )


def from_is_unknown(world: World) -> End | None:
    """A `from` that a whole history never saw is a typing error."""
    wanted = world.target.from_
    if wanted is None or not world.history.is_whole or _was_ever(world, wanted):
        return None
    return End(
        Reason.UNKNOWN_FROM,
        f"`from` of {world.deployment} names {_describe(wanted)}, which it never ran;"
        f" on record: {candidates(world, with_live=True)}"
        f"{unknown_containers(world, wanted.images or {})}",
    )


def from_is_not_live(world: World) -> End | None:
    """Compare-and-swap: nothing is written unless `from` is live."""
    wanted = world.target.from_
    if wanted is None or _is_live(world, wanted):
        return None
    live = describe_images(world.deployment.template.images)
    return End(
        Reason.NOT_APPLICABLE,
        f"{world.deployment} runs {live}, not {_describe(wanted)}; nothing to do",
    )


def another_rollback_is_running(world: World) -> Verdict | None:
    """Follow it if it does just what is asked for; else refuse while its request is at work."""
    claim = world.claim_at_work
    if claim is None:
        return None
    if would_do_the_same(world, claim):
        return Follow(claim)
    if not world.holder_is_active:
        return None
    return End(
        Reason.ROLLBACK_IN_PROGRESS,
        f"request {claim.request} is rolling {world.deployment} back to revision"
        f" {claim.target_revision} since {format_time(claim.at)}; wait until it has ended",
    )


def another_rollback_is_prepared(world: World) -> End | None:
    """Its `before` steps may be for this request too; those for something else must not meet."""
    others = (one for one in world.preparations if not would_prepare_the_same(world, one))
    other = next(others, None)
    if other is None:
        return None
    return End(
        Reason.ROLLBACK_IN_PROGRESS,
        f"request {other.request} is rolling {world.deployment} back, to another version or other"
        f" components, and runs `before` steps since {format_time(other.at)}; wait until it ended",
    )


def deployment_is_paused(world: World) -> End | None:
    """Trap 13: a patch would be accepted and not carried out."""
    if not world.deployment.paused:
        return None
    name = f"{world.deployment.name} -n {world.deployment.namespace}"
    return End(
        Reason.PAUSED,
        f"{world.deployment} is paused; run `kubectl rollout resume deployment/{name}`"
        " and make a new request",
    )


def rollout_is_unfinished(world: World) -> Verdict | None:
    """S3: only what was completed can be rolled back, unless the request says otherwise."""
    if world.live is not None:
        return None
    text = _unfinished(world)
    match world.request.spec.unfinished_rollout:
        case UnfinishedRollout.REFUSE:
            return End(
                Reason.ROLLOUT_NOT_COMPLETED,
                f"{text}; say `unfinishedRollout: Wait` to roll it back once it has succeeded,"
                " or `unfinishedRollout: Abandon` to leave it for the newest successful one",
            )
        case UnfinishedRollout.WAIT:
            return Wait(
                Reason.WAITING_FOR_ROLLOUT,
                f"{text}; waiting for it until {format_time(world.starting_deadline)}",
                world.starting_deadline,
            )
        case UnfinishedRollout.ABANDON:
            return None


def explicit_target_is_unknown(world: World) -> End | None:
    """Whatever is named must be on record."""
    goal = resolve(world) if world.names_its_goal else None
    return goal if isinstance(goal, End) else None


def explicit_target_is_live(world: World) -> End | None:
    """Nothing is written for what is there already."""
    if not world.names_its_goal:
        return None
    goal = resolve(world)
    if isinstance(goal, End) or not _is_there(world, goal):
        return None
    what = f"{world.deployment} already has {describe_images(goal.images)}"
    if world.live is not None and world.deployment.is_done:
        return End(Reason.ALREADY_THERE, f"{what} (revision {goal.revision}) and serves it")
    return End(
        Reason.TARGET_NOT_SERVING,
        f"{what}, but it does not serve: {world.deployment.progress}; look at its pods,"
        " or name an earlier revision",
    )


def unfinished_rollout_is_a_return(world: World) -> End | None:
    """Abandoning a way back needs a direction: the default would be the bad version again."""
    if world.live is not None or world.names_its_goal or not world.is_unfinished_return:
        return None
    return End(
        Reason.ALREADY_ROLLED_BACK,
        f"{_unfinished(world)}, and it is itself a return; say with `to` where to go:"
        f" {candidates(world)}",
    )


def no_default_target(world: World) -> End | None:
    """The reasons that `Rollbackable` shows beforehand."""
    goal = resolve(world)
    if not isinstance(goal, End):
        return None
    wants_list = {Reason.HISTORY_GAP, Reason.NO_EARLIER_SNAPSHOT}
    listed = f"; `to` may name: {candidates(world)}" if goal.reason in wants_list else ""
    return End(goal.reason, f"{world.deployment}: {goal.message}{listed}")


def record_is_not_vouched_for(world: World) -> End | None:
    """Whoever may patch `deployments/status` could have written it (DESIGN fact 9)."""
    goal = resolve(world)
    if isinstance(goal, End) or world.history.signed or _is_corroborated(world, goal):
        return None
    return End(
        Reason.UNSIGNED_SNAPSHOT,
        f"the record of revision {goal.revision} of {world.deployment} is not signed by a known key"
        " and no ReplicaSet has its template; set ROLLBACK_KEY_FILES for later rollouts",
    )


RULES: tuple[Rule, ...] = (
    nobody_checked_who_asks,
    rollbacks_are_off,
    git_needs_a_from,
    was_executed_before,
    from_is_unknown,
    from_is_not_live,
    another_rollback_is_running,
    another_rollback_is_prepared,
    deployment_is_paused,
    rollout_is_unfinished,
    explicit_target_is_unknown,
    explicit_target_is_live,
    unfinished_rollout_is_a_return,
    no_default_target,
    record_is_not_vouched_for,
)


def _is_there(world: World, goal: Goal) -> bool:
    differing = altered(world.deployment.template, goal.template)
    if world.target.components.mode is Mode.ARTIFACTS:
        return not any(component.is_artifact for component in differing)
    return not differing


def _is_corroborated(world: World, goal: Goal) -> bool:
    """Whether an owned ReplicaSet has the template, or for `Artifacts` the images.

    No ReplicaSet bears out a digest.
    """
    if goal.pinned:
        return False
    if world.target.components.mode is Mode.ARTIFACTS:
        return any(r.template.runs(goal.images) for r in world.replica_sets)
    return any(r.template.same_as(goal.template) for r in world.replica_sets)


def _is_live(world: World, wanted: From) -> bool:
    if wanted.snapshot is not None:
        return world.live is not None and world.live.id == wanted.snapshot
    return world.deployment.template.runs(wanted.images or {})


def _was_ever(world: World, wanted: From) -> bool:
    if wanted.snapshot is not None:
        return world.history.find(wanted.snapshot) is not None
    images = wanted.images or {}
    return _is_live(world, wanted) or world.history.running(images) is not None


def _describe(wanted: From) -> str:
    return f"snapshot {wanted.snapshot}" if wanted.snapshot else name_images(wanted.images or {})


def _unfinished(world: World) -> str:
    live = world.deployment
    images, number = describe_images(live.template.images), world.known_revision
    rollout = f"revision {number} ({images})" if number else f"to {images}"
    return f"the newest rollout of {live}, {rollout}, has not completed: {live.progress}"
