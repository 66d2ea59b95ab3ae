"""What the status says of one target."""

from datetime import timedelta

import pytest

from builders import (
    NOON,
    a_claim,
    a_deployment,
    a_history,
    a_template,
    a_world,
    id_of,
)
from builders.begun import ARTIFACTS, a_begun_target, a_plan_for_images
from rollback_operator.domain import target_report
from rollback_operator.domain.components import fingerprint
from rollback_operator.domain.decisions import End, Follow, Wait
from rollback_operator.domain.group import Judged
from rollback_operator.domain.judge import judge
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.spec import Target
from rollback_operator.domain.status import TargetStatus

LATER = NOON + timedelta(seconds=90)


def states(status: TargetStatus) -> dict[str, str]:
    return {c.name: c.state.value for c in status.components}


def test_what_was_begun_says_from_to_and_what_is_reverted() -> None:
    status = a_begun_target()

    assert (status.phase, status.reason) == (Phase.IN_PROGRESS, Reason.ROLLING_BACK)
    assert status.from_ is not None
    assert status.to is not None
    assert (status.from_.revision, status.to.revision) == (2, 1)
    assert states(status) == {"web/image": "Altered", "web/config": "NotSelected"}
    assert status.fingerprint == fingerprint(a_plan_for_images().result, ["web/image"])
    assert status.started_at == NOON


def test_what_is_rolled_back_was_read_back_as_reverted() -> None:
    live = a_deployment(a_plan_for_images().result).build()

    status = target_report.ended(a_begun_target(), End(Reason.ROLLED_BACK, "back"), live, LATER)

    assert states(status) == {"web/image": "Reverted", "web/config": "NotSelected"}
    assert status.rollout is not None
    assert (status.rollout.desired, status.rollout.available) == (2, 2)
    assert (status.phase, status.finished_at) == (Phase.COMPLETED, LATER)


def test_what_failed_is_not_said_to_be_reverted() -> None:
    status = target_report.ended(a_begun_target(), End(Reason.SUPERSEDED, "gone"), None, LATER)

    assert states(status)["web/image"] == "Altered"
    assert status.rollout is None


def test_a_long_message_is_cut() -> None:
    assert (
        len(
            target_report.ended(
                a_begun_target(), End(Reason.FORBIDDEN, "x" * 9999), None, NOON
            ).message
        )
        == 4096
    )


def test_an_interrupted_rollback_is_taken_up_with_what_its_claim_says() -> None:
    history = a_history("A", "B").build()
    claim = a_claim(
        history.snapshots[1], history.snapshots[0], request="back", request_uid="back-uid"
    )
    world = a_world().live(a_deployment("A").rolling_out()).with_(claim=claim).build()

    status = target_report.joined(world, claim)

    assert (status.reason, status.following) == (Reason.ROLLING_BACK, None)
    assert (status.started_at, states(status)) == (claim.at, {"web/image": "Altered"})
    assert status.fingerprint == fingerprint(a_template("A"), ["web/image"])
    assert status.from_ is not None
    assert status.from_.snapshot == id_of("B", 2)


def test_another_requests_rollback_is_followed_by_name() -> None:
    world = a_world().rolling_back_to(1).build()
    assert world.claim is not None

    status = target_report.joined(world, world.claim)

    assert (status.reason, status.following) == (Reason.FOLLOWING, "another")


def test_a_claim_whose_template_is_gone_has_no_fingerprint_to_match() -> None:
    world = a_world().rolling_back_to(1).live(a_deployment("C")).build()
    assert world.claim is not None

    assert target_report.joined(world, world.claim).fingerprint == ""


def test_of_a_version_that_is_no_longer_on_record_the_claim_tells_the_number() -> None:
    known = a_history("A", "B").build()
    claim = a_claim(known.snapshots[1], known.snapshots[0])
    world = a_world(a_history("C")).live(a_deployment("A")).with_(claim=claim).build()

    status = target_report.joined(world, claim)

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
    status = target_report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=dry_run)

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
        status = target_report.judged(Judged(world.target, world, verdict), NOON, dry_run=True)
        assert status.reason is Reason.PREVIEWED


def test_a_target_that_does_not_exist_is_over_without_versions() -> None:
    end = End(Reason.DEPLOYMENT_NOT_FOUND, "no such")

    status = target_report.judged(Judged(Target(name="web"), None, end), NOON, dry_run=False)

    assert (status.reason, status.to, status.finished_at) == (end.reason, None, NOON)


def test_a_refused_target_still_says_what_is_live() -> None:
    world = a_world(a_history("A")).unfinished("Z", 7).build()
    status = target_report.judged(Judged(world.target, world, judge(world)), NOON, dry_run=False)

    assert status.from_ is not None
    assert (status.from_.revision, status.from_.images) == (7, {"web": "nginx:Z"})


def test_a_target_that_waits_says_for_what() -> None:
    status = target_report.waiting(
        target_report.queued(Target(name="web")), Wait(Reason.SUSPENDED, "held", NOON)
    )

    assert (status.phase, status.reason, status.message) == (
        Phase.QUEUED,
        Reason.SUSPENDED,
        "held",
    )
