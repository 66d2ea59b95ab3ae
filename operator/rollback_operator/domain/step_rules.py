"""May the steps of a rollout be run? Judged before the first write, like everything else."""

from collections.abc import Callable
from typing import TypeAlias

from rollback_operator.domain.decisions import End, Goal, Restore
from rollback_operator.domain.expressions import BadExpressionError
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.step import When
from rollback_operator.domain.steps import account_of, planned, service_account
from rollback_operator.domain.world import World

Rule: TypeAlias = Callable[[World, Snapshot, Goal], str | None]


def problem_of_steps(world: World, plan: Restore) -> End | None:
    """Return why the steps of the rollout that is left cannot be run, if so."""
    rollout = world.live
    if rollout is None or not rollout.steps:
        return None
    for rule in RULES:
        if text := rule(world, rollout, plan.goal):
            message = f"{text} (recorded with revision {rollout.revision} of {world.deployment})"
            return End(Reason.STEP_UNUSABLE, message)
    return None


def a_step_was_missing(_world: World, rollout: Snapshot, _goal: Goal) -> str | None:
    """Return what was wrong when the rollout was recorded."""
    return next((step.problem for step in rollout.steps if step.problem), None)


def record_is_unsigned(world: World, rollout: Snapshot, _goal: Goal) -> str | None:
    """Steps are run with rights of the pod: never from text that others could have written."""
    if world.history.signed:
        return None
    names = ", ".join(step.name for step in rollout.steps)
    return f"steps {names} are not signed by a known key; set ROLLBACK_KEY_FILES"


def another_service_account(world: World, rollout: Snapshot, _goal: Goal) -> str | None:
    """A step runs as the pod does, unless a setting allows its ServiceAccount."""
    allowed = {account_of(rollout.template), *world.step_accounts}
    for step in rollout.steps:
        if step.job is not None and (account := service_account(step.job)) not in allowed:
            return (
                f"step {step.name} asks for ServiceAccount {account}, but may only run as"
                f" {', '.join(sorted(allowed))}"
            )
    return None


def an_expression_is_wrong(world: World, rollout: Snapshot, goal: Goal) -> str | None:
    """Expressions resolve to values of the record, all of them or none."""
    try:
        for when in When:
            planned(rollout, goal, world, when, {})
    except BadExpressionError as error:
        return f"a step has an expression that cannot be resolved: {error}"
    return None


RULES: tuple[Rule, ...] = (
    a_step_was_missing,
    record_is_unsigned,
    another_service_account,
    an_expression_is_wrong,
)
