"""Eligibility is visible before anyone asks, and says what a request would be told."""

from typing import Any

import pytest

from builders import NOON, HistoryBuilder, a_history, a_world, image_of
from rollback_operator.domain.decisions import End, Restore
from rollback_operator.domain.judge import judge
from rollback_operator.domain.rollbackable import condition

HISTORIES = [
    (a_history(), "NoEarlierSnapshot"),
    (a_history("A"), "NoEarlierSnapshot"),
    (a_history("A", "B"), "EarlierSnapshot"),
    (a_history("A", "B").returned_to("A"), "AlreadyRolledBack"),
    (a_history("A", "B", "C").returned_to("B"), "AlreadyRolledBack"),
    (a_history("A", "B").returned_to("A").of("B"), "EarlierSnapshot"),
    (a_history("A").with_gap("C"), "HistoryGap"),
    (a_history("A").with_gap("C").of("D"), "EarlierSnapshot"),
    (a_history().unverified("A").of("B"), "NotVerified"),
    (a_history("A").unverified("B"), "EarlierSnapshot"),
    (a_history().adopted("A"), "NoEarlierSnapshot"),
]


def shown(history: HistoryBuilder, previous: dict[str, Any] | None = None) -> dict[str, Any]:
    return condition(history.build(), previous or {}, NOON)


@pytest.mark.parametrize(("history", "reason"), HISTORIES)
def test_the_condition_has_the_reason_that_a_default_request_would_be_given(
    history: HistoryBuilder, reason: str
) -> None:
    found = shown(history)

    assert (found["reason"], found["status"]) == (reason, str(reason == "EarlierSnapshot"))


@pytest.mark.parametrize("history", [history for history, _ in HISTORIES if history.build().newest])
def test_it_is_true_if_and_only_if_a_default_request_would_be_carried_out(
    history: HistoryBuilder,
) -> None:
    verdict = judge(a_world(history).build())

    assert (shown(history)["status"] == "True") == isinstance(verdict, Restore)
    if isinstance(verdict, End):
        assert shown(history)["reason"] == verdict.reason


def test_it_names_the_revision_that_it_speaks_of_and_where_it_would_go() -> None:
    assert shown(a_history("A", "B"))["message"] == (
        "revision 2 (nginx:B) can be rolled back to revision 1 (nginx:A)"
    )


def test_a_return_is_refused_with_who_when_and_the_line_for_going_further_back() -> None:
    message = shown(a_history("A", "B", "C").returned_to("B", manager="kubectl"))["message"]

    assert "made by kubectl and completed at 2030-01-01T12:04:00Z" in message
    assert "`to: {revision: 1}` (revision 1 (nginx:A))" in message


def test_a_return_to_the_first_version_has_nothing_further_back() -> None:
    assert "nothing earlier is on record" in shown(a_history("A", "B").returned_to("A"))["message"]


def test_a_history_that_was_cut_says_so() -> None:
    cut = a_history("B").truncated()

    assert shown(cut)["message"] == (
        "no successful rollout before revision 1 (nginx:B) is on record any more: the history was"
        " cut to its limit"
    )


def test_what_was_never_available_is_named_for_those_who_trust_it() -> None:
    message = shown(a_history().unverified("A").of("B"))["message"]

    assert "`to: {revision: 1}`" in message
    assert image_of("A") in message


def test_the_transition_time_is_kept_where_nothing_turned() -> None:
    earlier = {"status": "True", "lastTransitionTime": "2029-12-31T00:00:00Z"}

    kept = shown(a_history("A", "B"), earlier)
    turned = shown(a_history("A"), earlier)

    assert (kept["lastTransitionTime"], kept["lastUpdateTime"]) == (
        "2029-12-31T00:00:00Z",
        "2030-01-01T12:00:00Z",
    )
    assert turned["lastTransitionTime"] == "2030-01-01T12:00:00Z"
