"""How far the request has come whose rollback another one follows."""

import pytest

from builders import a_request
from rollback_operator.domain.decisions import End
from rollback_operator.domain.leader import failure, is_at_work
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.status import Status, TargetStatus


def a_target(reason: Reason, name: str = "web", uid: str = "web-uid") -> TargetStatus:
    phase = OUTCOMES[reason].phase
    return TargetStatus(name=name, uid=uid, phase=phase, reason=reason, message="so it went")


FOLLOWER = a_target(Reason.FOLLOWING)


def a_leader(*targets: TargetStatus, phase: Phase = Phase.IN_PROGRESS) -> RollbackRequest:
    status = Status(phase=phase, targets=list(targets))
    return a_request("first").answered(status).build()


@pytest.mark.parametrize(
    ("leader", "is_working"),
    [
        (a_leader(a_target(Reason.ROLLING_BACK)), True),
        (a_leader(phase=Phase.QUEUED), True),
        (a_leader(a_target(Reason.ROLLED_BACK)), False),
        (a_leader(a_target(Reason.SUPERSEDED)), False),
        (a_leader(a_target(Reason.ROLLED_BACK, "api"), a_target(Reason.ROLLING_BACK)), True),
        (a_leader(a_target(Reason.ROLLING_BACK), phase=Phase.COMPLETED), False),
        (a_leader(phase=Phase.EXCEPTION), False),
    ],
    ids=[
        "rolling-back",
        "not-looked-at-yet",
        "rolled-back",
        "failed",
        "done-with-another",
        "over-as-a-whole",
        "refused-as-a-whole",
    ],
)
def test_a_leader_is_at_work_until_it_has_ended_with_the_deployment(
    leader: RollbackRequest,
    is_working: bool,  # noqa: FBT001 - a table
) -> None:
    assert is_at_work(leader, "web") is is_working


@pytest.mark.parametrize(
    ("reason", "serves"),
    [
        (Reason.DEADLINE_EXCEEDED, False),
        (Reason.AFTER_FAILED, False),
        (Reason.AFTER_FAILED, True),
    ],
)
def test_a_follower_ends_as_its_leader_has_failed(
    reason: Reason,
    serves: bool,  # noqa: FBT001 - a table
) -> None:
    leader = a_leader(a_target(Reason.SUPERSEDED, "api"), a_target(reason))

    assert failure(leader, FOLLOWER, serves=serves) == End(reason, "request first: so it went")


@pytest.mark.parametrize(
    ("target", "serves"),
    [
        (a_target(Reason.ROLLING_BACK), False),
        (a_target(Reason.ROLLED_BACK), False),
        (a_target(Reason.SUPERSEDED, "api"), False),
        (a_target(Reason.SUPERSEDED, uid="of the one before"), False),
        (a_target(Reason.DEADLINE_EXCEEDED), True),
    ],
    ids=["at-work", "succeeded", "another-target", "another-deployment", "serves-all-the-same"],
)
def test_what_is_no_failure_of_its_rollback_ends_no_follower(
    target: TargetStatus,
    serves: bool,  # noqa: FBT001 - a table
) -> None:
    assert failure(a_leader(target), FOLLOWER, serves=serves) is None
