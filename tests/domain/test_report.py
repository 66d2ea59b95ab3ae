"""What the status of a request says."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from builders import (
    NOON,
    a_request,
)
from builders.begun import a_begun_target
from rollback_operator.domain import report
from rollback_operator.domain.admission import UNCHECKED, Admission
from rollback_operator.domain.decisions import End
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.status import Status, TargetStatus

LATER = NOON + timedelta(seconds=90)


def target(reason: Reason, name: str = "web", message: str = "so") -> TargetStatus:
    phase = OUTCOMES[reason].phase
    return TargetStatus(name=name, phase=phase, reason=reason, message=message)


def compose(*targets: TargetStatus, before: Status | None = None) -> Status:
    request = a_request().answered(before) if before else a_request()
    return report.compose(request.build(), targets, LATER)


@pytest.mark.parametrize(
    ("targets", "phase", "reason"),
    [
        ([Reason.ROLLED_BACK], "Completed", "RolledBack"),
        ([Reason.ROLLED_BACK, Reason.NOT_APPLICABLE], "Completed", "RolledBack"),
        ([Reason.NOT_APPLICABLE], "Completed", "NotApplicable"),
        ([Reason.ROLLED_BACK, Reason.ROLLING_BACK], "InProgress", "RollingBack"),
        ([Reason.ROLLED_BACK, Reason.WAITING_FOR_TURN], "InProgress", "WaitingForTurn"),
        ([Reason.WAITING_FOR_TURN, Reason.SUSPENDED], "Queued", "WaitingForTurn"),
        ([Reason.ROLLED_BACK, Reason.SUPERSEDED], "Exception", "Superseded"),
        ([Reason.OTHER_TARGET_REFUSED, Reason.PAUSED], "Exception", "Paused"),
        ([Reason.SUPERSEDED, Reason.OTHER_TARGET_FAILED], "Exception", "Superseded"),
        ([Reason.SUPERSEDED, Reason.ROLLING_BACK], "InProgress", "RollingBack"),
    ],
)
def test_the_request_is_where_its_targets_are(
    targets: Sequence[Reason], phase: str, reason: str
) -> None:
    named = [target(one, f"target-{n}") for n, one in enumerate(targets)]
    status = compose(*named)

    assert (status.phase.value, status.reason.value if status.reason else "") == (phase, reason)


def test_only_what_is_over_has_a_duration() -> None:
    assert (compose(target(Reason.ROLLED_BACK)).duration, compose(a_begun_target()).duration) == (
        "90s",
        None,
    )


def test_the_lines_of_the_activity_list_are_short_texts() -> None:
    status = compose(a_begun_target())

    assert (status.target_names, status.change) == ("web", "nginx:B → nginx:A")
    assert (status.requester, status.observed_generation) == ("unknown", 1)
    assert status.started_at == NOON


STAMP = {"rollback-operator.dev/requester": "alice"}
IN_FORCE = Admission(since=NOON - timedelta(hours=1), stamps=True)


@pytest.mark.parametrize(("admission", "requester"), [(IN_FORCE, "alice"), (UNCHECKED, "unknown")])
def test_who_asked_is_said_where_it_was_stamped(admission: Admission, requester: str) -> None:
    request = a_request().annotated(**STAMP).build()
    end = End(Reason.FUTURE_AS_OF, "so")

    begun = report.compose(request, [a_begun_target()], NOON, admission)
    refused = report.refused(request, end, NOON, admission)

    assert (begun.requester, refused.requester) == (requester, requester)


def test_each_status_says_which_admission_policies_are_missing() -> None:
    admission = Admission(missing=("this one",))

    assert report.compose(
        a_request().build(), [a_begun_target()], NOON, admission
    ).admission_missing == ["this one"]
    assert compose(a_begun_target()).admission_missing is None


def test_the_log_has_a_line_for_each_target_that_turned_and_is_bounded() -> None:
    first = compose(target(Reason.WAITING_FOR_TURN, "a"), target(Reason.WAITING_FOR_TURN, "b"))
    second = compose(target(Reason.WAITING_FOR_TURN, "a"), target(Reason.PAUSED, "b"), before=first)
    full = first.model_copy(update={"log": first.log[:1] * report.LOG_LIMIT})
    last = compose(target(Reason.PAUSED, "a"), before=full)

    assert [line.text for line in second.log] == [
        "a: WaitingForTurn: so",
        "b: WaitingForTurn: so",
        "b: Paused: so",
    ]
    assert (len(last.log), last.log[-1].text) == (report.LOG_LIMIT, "a: Paused: so")


def test_the_passing_of_time_alone_is_nothing_new() -> None:
    earlier = compose(a_begun_target())
    request = a_request().answered(earlier).build()
    later = report.compose(request, [a_begun_target()], LATER + timedelta(hours=1))

    assert report.says_the_same(earlier, later)
    assert not report.says_the_same(earlier, compose(target(Reason.ROLLED_BACK)))


def test_the_counters_of_what_is_under_way_are_nothing_new_and_the_last_word_is() -> None:
    waits = [compose(target(Reason.WAITING_FOR_ROLLOUT, message=f"{n} of 2")) for n in (0, 1)]
    ends = [compose(target(Reason.SUPERSEDED, message=who)) for who in ("flux", "helm")]

    assert report.says_the_same(*waits)
    assert not report.says_the_same(*ends)


def test_a_request_that_names_no_target_is_refused_as_a_whole() -> None:
    status = report.refused(a_request().build(), End(Reason.NOTHING_SELECTED, "none"), LATER)

    assert (status.phase, status.reason) == (Phase.EXCEPTION, Reason.NOTHING_SELECTED)
    assert [c.status for c in status.conditions] == ["False", "False", "True"]
    assert (status.finished_at, status.targets) == (LATER, [])
