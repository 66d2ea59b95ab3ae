"""Eligibility is visible before anyone asks, and says what a request would be told."""

from typing import Any

import pytest

from builders import NOON, HistoryBuilder, a_deployment, a_history, a_world, image_of
from builders.step_records import a_step, missing
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
    (a_history("A").of("B", steps=(a_step(args="${target.images.web}"),)), "EarlierSnapshot"),
    (a_history("A").of("B", steps=(a_step(args="${request.name}"),)), "EarlierSnapshot"),
    (a_history("A").of("B", steps=(missing(),)), "StepUnusable"),
    (a_history("A").of("B", steps=(a_step(args="${nobody}"),)), "StepUnusable"),
    (a_history("A").of("B", steps=(a_step(serviceAccountName="robot"),)), "StepUnusable"),
    (a_history().of("A", steps=(missing(),)).of("B"), "EarlierSnapshot"),
    (a_history().of("A", steps=(missing(),)), "NoEarlierSnapshot"),
    (a_history("A").of("B").returned_to("A", steps=(missing(),)), "AlreadyRolledBack"),
]


def shown(history: HistoryBuilder, previous: dict[str, Any] | None = None) -> dict[str, Any]:
    before = a_deployment().saying("Rollbackable", **previous) if previous else a_deployment()
    return condition(before.build(), history.build(), NOON)


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


def test_steps_that_nobody_signed_are_refused_beforehand() -> None:
    """As a request would be; the pods may be borne out by a ReplicaSet, the steps are not."""
    unsigned = a_history("A").of("B", steps=(a_step(),)).unsigned()

    assert "not signed by a known key" in shown(unsigned)["message"]


def test_an_account_that_a_setting_allows_to_steps_counts() -> None:
    history = a_history("A").of("B", steps=(a_step(serviceAccountName="robot"),)).build()

    allowed = condition(a_deployment().build(), history, NOON, step_accounts=("robot",))

    assert allowed["status"] == "True"


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


@pytest.mark.parametrize(
    ("history", "message"),
    [
        (a_history(), "no successful rollout is on record yet"),
        (a_history("A"), "no successful rollout before revision 1 (nginx:A) is on record"),
        (
            a_history("A").with_gap("C"),
            (
                "rollouts before revision 3 (nginx:C) happened while nobody watched; the last one"
                " known before is revision 1 (nginx:A); choose with `to`"
            ),
        ),
        (
            a_history().with_gap("C"),
            "rollouts before revision 2 (nginx:C) happened while nobody watched; choose with `to`",
        ),
        (
            a_history().unverified("A").of("B"),
            (
                "revision 1 (nginx:A), which was live before revision 2 (nginx:B), was never seen"
                " with an available pod; if you trust it, say `to: {revision: 1}`"
            ),
        ),
        (
            a_history("A", "B", "C").returned_to("B"),
            (
                "revision 4 (nginx:B) is itself a return to an earlier version, made by unknown and"
                " completed at 2030-01-01T12:04:00Z; to go further back, say `to: {revision: 1}`"
                " (revision 1 (nginx:A))"
            ),
        ),
    ],
    ids=["empty", "first", "gap", "gap-at-the-beginning", "not-verified", "return"],
)
def test_why_not_is_said_whole(history: HistoryBuilder, message: str) -> None:
    assert shown(history)["message"] == message


def test_the_condition_has_what_a_condition_of_a_deployment_has() -> None:
    assert shown(a_history("A", "B")) == {
        "type": "Rollbackable",
        "status": "True",
        "reason": "EarlierSnapshot",
        "message": "revision 2 (nginx:B) can be rolled back to revision 1 (nginx:A)",
        "lastUpdateTime": "2030-01-01T12:00:00Z",
        "lastTransitionTime": "2030-01-01T12:00:00Z",
    }


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
    earlier = {"reason": "Any", "status": "True", "lastTransitionTime": "2029-12-31T00:00:00Z"}

    kept = shown(a_history("A", "B"), earlier)
    turned = shown(a_history("A"), earlier)

    assert (kept["lastTransitionTime"], kept["lastUpdateTime"]) == (
        "2029-12-31T00:00:00Z",
        "2030-01-01T12:00:00Z",
    )
    assert turned["lastTransitionTime"] == "2030-01-01T12:00:00Z"
