"""What the status says of a target's steps."""

from builders.begun import a_begun_target
from rollback_operator.domain import step_report
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.status import StepStatus
from rollback_operator.domain.step import StepState, When

STEPS = [
    StepStatus(name=name, when=when, job=f"job-{name}", state=StepState.RUNNING)
    for when, name in ((When.BEFORE, "drain"), (When.BEFORE, "dump"), (When.AFTER, "drain"))
]


def changed(step: StepStatus, state: StepState) -> StepStatus:
    return step.model_copy(update={"state": state})


def test_while_after_steps_run_the_old_version_serves() -> None:
    begun = a_begun_target().model_copy(update={"steps": STEPS[:1]})

    status = step_report.with_after_steps(begun, STEPS[2:])

    assert status == begun.model_copy(
        update={
            "reason": Reason.RUNNING_AFTER,
            "message": "the old version serves; running the `after` steps",
            "steps": [STEPS[0], STEPS[2]],
        }
    )


def test_a_step_that_has_come_further_takes_its_place_and_a_new_one_the_last() -> None:
    """A step of the same name after the old version serves is another one."""
    target = a_begun_target().model_copy(update={"steps": STEPS[:2]})
    done = changed(STEPS[0], StepState.SUCCEEDED)

    assert step_report.with_steps(target, [STEPS[2], done]) == [done, STEPS[1], STEPS[2]]


def test_what_was_claimed_has_its_before_steps_behind_it() -> None:
    assert step_report.once_claimed(STEPS) == [
        changed(STEPS[0], StepState.SUCCEEDED),
        changed(STEPS[1], StepState.SUCCEEDED),
        STEPS[2],
    ]
