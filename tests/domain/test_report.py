"""What a request's status says at each step."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from builders import (
    NOON,
    a_claim,
    a_container,
    a_deployment,
    a_history,
    a_pod,
    a_request,
    a_template,
    a_world,
    id_of,
)
from rollback_operator.domain import report
from rollback_operator.domain.components import fingerprint
from rollback_operator.domain.decisions import End, Follow, Restore, Wait
from rollback_operator.domain.group import Judged
from rollback_operator.domain.judge import judge
from rollback_operator.domain.outcomes import OUTCOMES, Phase, Reason
from rollback_operator.domain.rollback_request import Status, Target, TargetStatus

LATER = NOON + timedelta(seconds=90)
OLD, NEW = (a_pod(a_container("web", f"nginx:{v}", args=[v])) for v in "AB")
ARTIFACTS = a_world(a_history(OLD, NEW)).asked(a_request().artifacts())


def a_plan() -> Restore:
    plan = judge(ARTIFACTS.build())
    assert isinstance(plan, Restore)
    return plan


def begun() -> TargetStatus:
    world, plan = ARTIFACTS.build(), a_plan()
    claim = a_claim(world.history.snapshots[1], world.history.snapshots[0], at=NOON)
    return report.begun(world, plan, a_deployment(plan.result).build(), claim)


def target(reason: Reason, name: str = "web", message: str = "so") -> TargetStatus:
    phase = OUTCOMES[reason].phase
    return TargetStatus(name=name, phase=phase, reason=reason, message=message)


def compose(*targets: TargetStatus, before: Status | None = None) -> Status:
    request = a_request().answered(before) if before else a_request()
    return report.compose(request.build(), targets, LATER)


def states(status: TargetStatus) -> dict[str, str]:
    return {c.name: c.state.value for c in status.components}


def test_what_was_begun_says_from_to_and_what_is_reverted() -> None:
    status = begun()

    assert (status.phase, status.reason) == (Phase.IN_PROGRESS, Reason.ROLLING_BACK)
    assert status.from_ is not None
    assert status.to is not None
    assert (status.from_.revision, status.to.revision) == (2, 1)
    assert states(status) == {"web/image": "Altered", "web/config": "NotSelected"}
    assert status.fingerprint == fingerprint(a_plan().result, ["web/image"])
    assert status.started_at == NOON


def test_what_is_rolled_back_was_read_back_as_reverted() -> None:
    live = a_deployment(a_plan().result).build()

    status = report.ended(begun(), End(Reason.ROLLED_BACK, "back"), live, LATER)

    assert states(status) == {"web/image": "Reverted", "web/config": "NotSelected"}
    assert status.rollout is not None
    assert (status.rollout.desired, status.rollout.available) == (2, 2)
    assert (status.phase, status.finished_at) == (Phase.COMPLETED, LATER)


def test_what_failed_is_not_said_to_be_reverted() -> None:
    status = report.ended(begun(), End(Reason.SUPERSEDED, "gone"), None, LATER)

    assert states(status)["web/image"] == "Altered"
    assert status.rollout is None


def test_a_long_message_is_cut() -> None:
    assert len(report.ended(begun(), End(Reason.FORBIDDEN, "x" * 9999), None, NOON).message) == 4096


def test_an_interrupted_rollback_is_taken_up_with_what_its_claim_says() -> None:
    history = a_history("A", "B").build()
    claim = a_claim(
        history.snapshots[1], history.snapshots[0], request="back", request_uid="back-uid"
    )
    world = a_world().live(a_deployment("A").rolling_out()).with_(claim=claim).build()

    status = report.joined(world, claim)

    assert (status.reason, status.following) == (Reason.ROLLING_BACK, None)
    assert (status.started_at, states(status)) == (claim.at, {"web/image": "Altered"})
    assert status.fingerprint == fingerprint(a_template("A"), ["web/image"])
    assert status.from_ is not None
    assert status.from_.snapshot == id_of("B", 2)


def test_another_requests_rollback_is_followed_by_name() -> None:
    world = a_world().rolling_back_to(1).build()
    assert world.claim is not None

    status = report.joined(world, world.claim)

    assert (status.reason, status.following) == (Reason.FOLLOWING, "another")


def test_a_claim_whose_template_is_gone_has_no_fingerprint_to_match() -> None:
    world = a_world().rolling_back_to(1).live(a_deployment("C")).build()
    assert world.claim is not None

    assert report.joined(world, world.claim).fingerprint == ""


def test_of_a_version_that_is_no_longer_on_record_the_claim_tells_the_number() -> None:
    known = a_history("A", "B").build()
    claim = a_claim(known.snapshots[1], known.snapshots[0])
    world = a_world(a_history("C")).live(a_deployment("A")).with_(claim=claim).build()

    status = report.joined(world, claim)

    assert status.from_ is not None
    assert status.to is not None
    assert (status.from_.revision, status.to.revision) == (2, 1)
    assert status.to.snapshot == id_of("A", 1)
    assert [(c.name, c.to) for c in status.components] == [("web/image", "(changed)")]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_preview_says_what_would_be_done_and_is_over(
    dry_run: bool,  # noqa: FBT001 - a table
) -> None:
    world = ARTIFACTS.build()
    status = report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=dry_run)

    assert states(status) == {"web/image": "Altered", "web/config": "NotSelected"}
    assert (status.reason, status.phase) == (
        (Reason.PREVIEWED, Phase.COMPLETED) if dry_run else (Reason.WAITING_FOR_TURN, Phase.QUEUED)
    )


def test_a_preview_of_what_would_wait_or_follow_is_over_too() -> None:
    waits = Wait(Reason.WAITING_FOR_ROLLOUT, "for its rollout", NOON)
    claim = a_world().rolling_back_to(1).build().claim
    assert claim is not None

    for verdict in (waits, Follow(claim)):
        world = a_world().unfinished("C").build()
        status = report.judged(Judged(world.target, world, verdict), NOON, dry_run=True)
        assert status.reason is Reason.PREVIEWED


def test_a_target_that_does_not_exist_is_over_without_versions() -> None:
    end = End(Reason.DEPLOYMENT_NOT_FOUND, "no such")

    status = report.judged(Judged(Target(name="web"), None, end), NOON, dry_run=False)

    assert (status.reason, status.to, status.finished_at) == (end.reason, None, NOON)


def test_a_refused_target_still_says_what_is_live() -> None:
    world = a_world(a_history("A")).unfinished("Z", 7).build()
    status = report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=False)

    assert status.from_ is not None
    assert (status.from_.revision, status.from_.images) == (7, {"web": "nginx:Z"})


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
    assert (compose(target(Reason.ROLLED_BACK)).duration, compose(begun()).duration) == (
        "90s",
        None,
    )


def test_the_lines_of_the_activity_list_are_short_texts() -> None:
    status = compose(begun())

    assert (status.target_names, status.change) == ("web", "nginx:B → nginx:A")
    assert (status.requester, status.observed_generation) == ("unknown", 1)
    assert status.started_at == NOON


def test_who_asked_is_said_where_it_was_stamped() -> None:
    key = {"rollback-operator.dev/requester": "alice"}

    assert (
        report.compose(a_request().annotated(**key).build(), [begun()], NOON).requester == "alice"
    )


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
    earlier = compose(begun())
    request = a_request().answered(earlier).build()
    later = report.compose(request, [begun()], LATER + timedelta(hours=1))

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


def test_a_target_that_waits_says_for_what() -> None:
    status = report.waiting(report.queued(Target(name="web")), Wait(Reason.SUSPENDED, "held", NOON))

    assert (status.phase, status.reason, status.message) == (
        Phase.QUEUED,
        Reason.SUSPENDED,
        "held",
    )
