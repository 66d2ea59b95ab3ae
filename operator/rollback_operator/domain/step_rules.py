"""May the steps of a rollout be run? Judged before the first write, like everything else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from rollback_operator.domain.decisions import End, Goal
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.expressions import BadExpressionError
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.steps import account_of, record_of, resolved, service_account
from rollback_operator.domain.world import World

ANY_REQUEST = "any-request"
"""The name of a request that nobody has made yet."""


@dataclass(frozen=True)
class Leaving:
    """A rollout that is left for another version, and what its steps may be and name.

    `signed` says whether the record is ours, `step_accounts` are ServiceAccounts that steps may
    have besides their pod's, `request` and `reason` are those of who asks.
    """

    deployment: Deployment
    rollout: Snapshot
    goal: Goal
    signed: bool
    step_accounts: tuple[str, ...]
    request: str = ANY_REQUEST
    reason: str = ""


Rule: TypeAlias = Callable[[Leaving], Iterator[str]]


def problem_of_steps(world: World, goal: Goal) -> End | None:
    """Return why a request cannot run the steps of what is live; an unfinished rollout has none."""
    if world.live is None:
        return None
    return why_not(
        Leaving(
            deployment=world.deployment,
            rollout=world.live,
            goal=goal,
            signed=world.history.signed,
            step_accounts=world.step_accounts,
            request=world.request.name,
            reason=world.request.spec.reason or "",
        )
    )


def why_not(leaving: Leaving) -> End | None:
    """Return why the steps of the rollout that is left cannot be run, if so: all of one kind."""
    rollout = leaving.rollout
    for rule in RULES:
        if text := "; ".join(rule(leaving)):
            where = f"recorded with revision {rollout.revision} of {leaving.deployment}"
            return End(Reason.STEP_UNUSABLE, f"{text} ({where})")
    return None


def a_step_was_missing(leaving: Leaving) -> Iterator[str]:
    """Say what was wrong when the rollout was recorded."""
    return (step.problem for step in leaving.rollout.steps if step.problem)


def record_is_unsigned(leaving: Leaving) -> Iterator[str]:
    """Steps are run with rights of the pod: never from text that others could have written."""
    steps = leaving.rollout.steps
    if steps and not leaving.signed:
        names = ", ".join(step.name for step in steps)
        yield f"steps {names} are not signed by a known key; set ROLLBACK_KEY_FILES"


def another_service_account(leaving: Leaving) -> Iterator[str]:
    """A step runs as the pod does, unless a setting allows its ServiceAccount."""
    allowed = {account_of(leaving.rollout.template), *leaving.step_accounts}
    for step in leaving.rollout.steps:
        if step.job is not None and (account := service_account(step.job)) not in allowed:
            yield (
                f"step {step.name} asks for ServiceAccount {account}, but may only run as"
                f" {', '.join(sorted(allowed))}"
            )


def an_expression_is_wrong(leaving: Leaving) -> Iterator[str]:
    """Expressions resolve to values of the record, all of them or none."""
    record = record_of(
        leaving.rollout, leaving.goal, leaving.deployment, leaving.request, leaving.reason
    )
    for step in leaving.rollout.steps:
        try:
            resolved(step, record)
        except BadExpressionError as error:
            yield f"step {step.name} has an expression that cannot be resolved: {error}"


RULES: tuple[Rule, ...] = (
    a_step_was_missing,
    record_is_unsigned,
    another_service_account,
    an_expression_is_wrong,
)
