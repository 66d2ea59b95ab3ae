"""Every reason has its phase, its conditions, and advice; time stands still where none turned."""

from datetime import timedelta

import pytest

from builders import NOON
from rollback_operator.domain.conditions import summarize
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason

LATER = NOON + timedelta(minutes=1)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained_and_gives_advice(reason: Reason) -> None:
    outcome = OUTCOMES[reason]

    assert outcome.meaning.endswith(".")
    assert outcome.advice.endswith(".")


@pytest.mark.parametrize(
    ("reason", "ready", "reconciling", "stalled"),
    [
        (Reason.WAITING_FOR_TURN, "False", "True", "False"),
        (Reason.ROLLING_BACK, "False", "True", "False"),
        (Reason.ROLLED_BACK, "True", "False", "False"),
        (Reason.NOT_APPLICABLE, "True", "False", "False"),
        (Reason.SUPERSEDED, "False", "False", "True"),
    ],
)
def test_the_conditions_are_those_of_kstatus(
    reason: Reason, ready: str, reconciling: str, stalled: str
) -> None:
    conditions = summarize([], reason, "so", 3, NOON)

    assert [(c.type, c.status) for c in conditions] == [
        ("Ready", ready),
        ("Reconciling", reconciling),
        ("Stalled", stalled),
    ]
    assert {(c.reason, c.message, c.observed_generation) for c in conditions} == {
        (reason.value, "so", 3)
    }


def test_only_a_condition_that_turned_has_a_new_time() -> None:
    before = summarize([], Reason.WAITING_FOR_TURN, "so", 1, NOON)
    still = summarize(before, Reason.ROLLING_BACK, "so", 1, LATER)
    after = summarize(before, Reason.ROLLED_BACK, "so", 1, LATER)

    assert [c.last_transition_time for c in still] == [NOON, NOON, NOON]
    assert [c.last_transition_time for c in after] == [LATER, LATER, NOON]


@pytest.mark.parametrize(
    "reason",
    [Reason.ALREADY_EXECUTED, Reason.NOT_APPLICABLE, Reason.UNCHANGED, Reason.ALREADY_THERE],
)
def test_what_needs_no_rollback_counts_as_done(reason: Reason) -> None:
    assert OUTCOMES[reason].phase is Phase.COMPLETED


def test_only_completed_and_exception_are_final() -> None:
    assert [phase.value for phase in Phase if phase.is_final] == ["Completed", "Exception"]
