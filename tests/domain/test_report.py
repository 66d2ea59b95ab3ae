"""What the status of a request says."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from pydantic import ValidationError

from builders import NOON, a_request
from builders.begun import a_begun_target
from rollback_operator.domain import report
from rollback_operator.domain.admission import UNCHECKED, Admission
from rollback_operator.domain.conditions import summarize
from rollback_operator.domain.decisions import End
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.status import LogEntry, Status, TargetStatus, Version

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


def test_a_request_that_is_over_tells_all_that_became_of_it() -> None:
    """Times are whole seconds to the API, but for the lines of the log."""
    targets = [target(Reason.ROLLED_BACK, "web", "back"), target(Reason.UNCHANGED, "api", "same")]
    now = LATER + timedelta(microseconds=7)

    status = report.compose(a_request().at_generation(3).build(), targets, now)

    assert status == Status(
        observed_generation=3,
        phase=Phase.COMPLETED,
        reason=Reason.ROLLED_BACK,
        message="back",
        requester="unknown",
        target_names="web, api",
        duration="90s",
        finished_at=LATER,
        targets=targets,
        log=[
            LogEntry(at=now, text="web: RolledBack: back"),
            LogEntry(at=now, text="api: Unchanged: same"),
        ],
        conditions=summarize([], Reason.ROLLED_BACK, "back", 3, LATER),
    )


def test_a_request_that_is_not_over_has_neither_end_nor_duration() -> None:
    status = compose(a_begun_target())

    assert (status.finished_at, status.duration) == (None, None)


def test_the_conditions_that_did_not_turn_keep_their_times() -> None:
    first = report.compose(a_request().build(), [a_begun_target()], NOON)

    again = compose(a_begun_target(), before=first)

    assert [c.last_transition_time for c in again.conditions] == [NOON] * 3


def test_changes_are_listed_and_what_has_no_version_to_go_to_has_none() -> None:
    here = Version(images={"web": "nginx:B"})
    refused = target(Reason.UNKNOWN_TARGET).model_copy(update={"from_": here})
    begun = a_begun_target()

    listed = compose(begun, refused, begun).change

    assert listed == "nginx:B → nginx:A; nginx:B → nginx:A"
    assert compose(refused).change is None
    assert len(compose(*[begun] * 60).change or "") == 1024


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


def test_a_line_of_the_log_is_cut() -> None:
    (line,) = compose(target(Reason.PAUSED, message="x" * 2000)).log

    assert len(line.text) == 1024


def test_a_time_to_live_that_does_not_count_is_logged_at_the_end() -> None:
    by_flux = {"kustomize.toolkit.fluxcd.io/name": "shop"}
    request = a_request().saying(ttlSecondsAfterFinished=60).annotated(**by_flux).build()
    ignored = "ttlSecondsAfterFinished is ignored: Flux would make the request again"

    over = report.compose(request, [target(Reason.ROLLED_BACK)], LATER)
    begun = report.compose(request, [a_begun_target()], LATER)

    assert over.log[-1] == LogEntry(at=LATER, text=ignored)
    assert ignored not in [line.text for line in begun.log]


def test_only_what_acts_on_a_text_is_changed_before_it_is_stored() -> None:
    target_ = a_begun_target().model_copy(update={"message": "one\ntwo"})
    status = compose(target_)

    shown = report.fit_to_show(status)

    assert shown.targets == [target_.model_copy(update={"message": "one⏎two"})]
    assert shown.message == "one⏎two"
    changed = {"targets", "message", "log", "conditions"}
    assert shown.model_dump(exclude=changed) == status.model_dump(exclude=changed)


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
    request = a_request().at_generation(3).build()
    now = LATER + timedelta(microseconds=7)
    end = End(Reason.NOTHING_SELECTED, "none")

    status = report.refused(request, end, now, Admission(missing=("this one",)))

    assert status == Status(
        observed_generation=3,
        phase=Phase.EXCEPTION,
        reason=Reason.NOTHING_SELECTED,
        message="none",
        requester="unknown",
        admission_missing=["this one"],
        duration="90s",
        finished_at=LATER,
        log=[LogEntry(at=now, text="NothingSelected: none")],
        conditions=summarize([], Reason.NOTHING_SELECTED, "none", 3, LATER),
    )
    assert report.refused(request, end, now).admission_missing is None


def test_a_request_that_cannot_be_read_is_told_its_fields_and_not_their_values() -> None:
    unreadable = a_request().saying(order="Sideways", timeoutSeconds=0).to(revision="hunter2")

    with pytest.raises(ValidationError) as caught:
        unreadable.build()

    assert report.invalid(caught.value) == End(
        Reason.INVALID_REQUEST,
        "the request cannot be read: targets.0.to.revision: Input should be a valid integer,"
        " unable to parse string as an integer; order: Input should be 'Reverse' or 'Listed';"
        " timeoutSeconds: Input should be greater than or equal to 1",
    )
