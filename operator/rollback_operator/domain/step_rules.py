"""May the steps of a rollout be run? Judged before the first write, like everything else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from rollback_operator.domain.decisions import End, Goal, Restore
from rollback_operator.domain.expressions import BadExpressionError
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.steps import account_of, planned, service_account
from rollback_operator.domain.world import World

Rule: TypeAlias = Callable[[World, Snapshot, Goal], Iterator[str]]


def problem_of_steps(world: World, plan: Restore) -> End | None:
    """Return why the steps of the rollout that is left cannot be run, if so: all of one kind."""
    rollout = world.live
    if rollout is None or not rollout.steps:
        return None
    for rule in RULES:
        if text := "; ".join(rule(world, rollout, plan.goal)):
            message = f"{text} (recorded with revision {rollout.revision} of {world.deployment})"
            return End(Reason.STEP_UNUSABLE, message)
    return None


def a_step_was_missing(_world: World, rollout: Snapshot, _goal: Goal) -> Iterator[str]:
    """Say what was wrong when the rollout was recorded."""
    return (step.problem for step in rollout.steps if step.problem)


def record_is_unsigned(world: World, rollout: Snapshot, _goal: Goal) -> Iterator[str]:
    """Steps are run with rights of the pod: never from text that others could have written."""
    if not world.history.signed:
        names = ", ".join(step.name for step in rollout.steps)
        yield f"steps {names} are not signed by a known key; set ROLLBACK_KEY_FILES"


def another_service_account(world: World, rollout: Snapshot, _goal: Goal) -> Iterator[str]:
    """A step runs as the pod does, unless a setting allows its ServiceAccount."""
    allowed = {account_of(rollout.template), *world.step_accounts}
    for step in rollout.steps:
        if step.job is not None and (account := service_account(step.job)) not in allowed:
            yield (
                f"step {step.name} asks for ServiceAccount {account}, but may only run as"
                f" {', '.join(sorted(allowed))}"
            )


def an_expression_is_wrong(world: World, rollout: Snapshot, goal: Goal) -> Iterator[str]:
    """Expressions resolve to values of the record, all of them or none."""
    for step in rollout.steps:
        try:
            planned(replace(rollout, steps=(step,)), goal, world, step.when, {})
        except BadExpressionError as error:
            yield f"step {step.name} has an expression that cannot be resolved: {error}"


RULES: tuple[Rule, ...] = (
    a_step_was_missing,
    record_is_unsigned,
    another_service_account,
    an_expression_is_wrong,
)
