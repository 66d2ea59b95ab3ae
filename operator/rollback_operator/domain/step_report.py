"""What the status says of a target's steps: each function returns a new value."""

from collections.abc import Sequence

from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.status import StepStatus, TargetStatus
from rollback_operator.domain.step import StepState, When


def with_after_steps(target: TargetStatus, steps: Sequence[StepStatus]) -> TargetStatus:
    """Return the status of a target whose old version serves, while its `after` steps run."""
    return target.model_copy(
        update={
            "reason": Reason.RUNNING_AFTER,
            "message": "the old version serves; running the `after` steps",
            "steps": with_steps(target, steps),
        }
    )


def with_steps(target: TargetStatus, steps: Sequence[StepStatus]) -> list[StepStatus]:
    """Return the target's steps with these in their places."""
    new = {(step.when, step.name): step for step in steps}
    old = [new.pop((step.when, step.name), step) for step in target.steps]
    return [*old, *new.values()]


def once_claimed(steps: Sequence[StepStatus]) -> list[StepStatus]:
    """Return the steps as a claim shows them: it is made when every `before` has succeeded."""
    done = {"state": StepState.SUCCEEDED}
    return [s.model_copy(update=done) if s.when is When.BEFORE else s for s in steps]
