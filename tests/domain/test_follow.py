"""A rollback that was begun is done, lost, out of time, or still under way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, UID, DeploymentBuilder, a_deployment, a_template
from rollback_operator.domain.components import fingerprint
from rollback_operator.domain.decisions import End, Wait
from rollback_operator.domain.follow import Pursuit, lost, pursue
from rollback_operator.domain.reasons import Reason

DEADLINE = NOON + timedelta(minutes=10)
LATE = NOON + timedelta(hours=1)
ROLLING = a_deployment("A").rolling_out()


def a_pursuit(live: DeploymentBuilder | None) -> Pursuit:
    return Pursuit(
        name="shop/web",
        deployment=live.build() if live else None,
        uid=UID,
        reverted=("web/image",),
        fingerprint=fingerprint(a_template("A"), ["web/image"]),
        old_pods=0,
        started=NOON,
        deadline=DEADLINE,
        now=NOON,
    )


@pytest.mark.parametrize(
    ("live", "reason"),
    [
        (None, Reason.DEPLOYMENT_DELETED),
        (a_deployment("A").deleted(), Reason.DEPLOYMENT_DELETED),
        (a_deployment("A").of_uid("another"), Reason.DEPLOYMENT_REPLACED),
        (a_deployment("B"), Reason.SUPERSEDED),
        (a_deployment("A"), Reason.ROLLED_BACK),
        (a_deployment(a_template("A", restarted="12:00", args=["x"])), Reason.ROLLED_BACK),
        (a_deployment("A").scaled_to(7), Reason.ROLLED_BACK),
        (ROLLING, Reason.ROLLING_BACK),
        (a_deployment("A").counting(0, 2, 2), Reason.ROLLING_BACK),
        (a_deployment("A").counting(2, 2, 2, observed=0), Reason.ROLLING_BACK),
    ],
    ids=[
        "gone",
        "going",
        "replaced",
        "superseded",
        "served",
        "restarted-and-reconfigured",
        "scaled",
        "rolling",
        "no-updated-pod",
        "not-observed",
    ],
)
def test_what_is_seen_of_the_deployment_decides(
    live: DeploymentBuilder | None, reason: Reason
) -> None:
    assert pursue(a_pursuit(live)).reason is reason


@pytest.mark.parametrize(
    ("live", "reason"),
    [
        (None, Reason.DEPLOYMENT_DELETED),
        (a_deployment("B").of_uid("another"), Reason.DEPLOYMENT_REPLACED),
        (a_deployment("B"), Reason.SUPERSEDED),
        (a_deployment("A"), Reason.ROLLED_BACK),
        (ROLLING, Reason.DEADLINE_EXCEEDED),
    ],
)
def test_after_the_deadline_only_what_is_still_under_way_is_out_of_time(
    live: DeploymentBuilder | None, reason: Reason
) -> None:
    assert pursue(replace(a_pursuit(live), now=LATE)).reason is reason


def test_what_is_under_way_is_waited_for_until_the_deadline() -> None:
    verdict = pursue(a_pursuit(ROLLING))

    assert verdict == Wait(
        Reason.ROLLING_BACK, "deployment shop/web: 1 of 2 updated, 2 available", DEADLINE
    )


def test_the_pods_that_are_left_of_the_bad_version_are_waited_for() -> None:
    verdict = pursue(replace(a_pursuit(a_deployment("A")), old_pods=3))

    assert verdict.reason is Reason.ROLLING_BACK
    assert "3 old pods are left" in verdict.message


def test_who_superseded_it_is_named() -> None:
    verdict = pursue(a_pursuit(a_deployment("B").written_by("flux", "2030-01-01T12:03:00Z")))

    assert isinstance(verdict, End)
    assert "by field manager flux at 2030-01-01T12:03:00Z" in verdict.message
    assert "nginx:B" in verdict.message


def test_where_nothing_tells_who_superseded_it_is_unknown() -> None:
    assert "by unknown" in pursue(a_pursuit(a_deployment("B"))).message


def test_out_of_time_says_what_the_controller_complains_about() -> None:
    denied = ROLLING.saying("ReplicaFailure", "FailedCreate", message="exceeded quota")

    message = pursue(replace(a_pursuit(denied), now=LATE)).message

    assert "2030-01-01T12:10:00Z" in message
    assert "exceeded quota" in message


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (
            None,
            End(
                Reason.DEPLOYMENT_DELETED,
                "deployment shop/web was deleted while it was rolled back",
            ),
        ),
        (
            a_deployment("A").of_uid("another"),
            End(
                Reason.DEPLOYMENT_REPLACED,
                (
                    "deployment shop/web was deleted and created anew while it was rolled back"
                    " (UID deployment-uid became another)"
                ),
            ),
        ),
        (a_deployment("A"), None),
        (ROLLING, None),
    ],
    ids=["deleted", "replaced", "served", "under-way"],
)
def test_what_was_put_back_is_lost_with_its_deployment(
    live: DeploymentBuilder | None, expected: End | None
) -> None:
    assert lost(a_pursuit(live)) == expected


def test_all_that_was_superseded_is_named_with_what_is_there_now() -> None:
    live = a_deployment("B").written_by("flux", "2030-01-01T12:03:00Z")
    names = ("web/image", "web/config")
    seen = replace(a_pursuit(live), reverted=names, fingerprint=fingerprint(a_template("A"), names))

    assert lost(seen) == End(
        Reason.SUPERSEDED,
        (
            "web/image, web/config of deployment shop/web changed again before the rollback ended,"
            " by field manager flux at 2030-01-01T12:03:00Z; it now has nginx:B"
        ),
    )


def test_what_serves_again_is_said_with_its_pods() -> None:
    assert pursue(a_pursuit(a_deployment("A").scaled_to(3))) == End(
        Reason.ROLLED_BACK, "deployment shop/web is back on nginx:A; 3 of 3 available"
    )


def test_at_the_very_deadline_it_has_passed() -> None:
    just_before = replace(a_pursuit(ROLLING), now=DEADLINE - timedelta(microseconds=1))

    assert pursue(just_before).reason is Reason.ROLLING_BACK
    assert pursue(replace(just_before, now=DEADLINE)) == End(
        Reason.DEADLINE_EXCEEDED,
        (
            "deployment shop/web, whose rollback began at 2030-01-01T12:00:00Z, did not become"
            " available by 2030-01-01T12:10:00Z: 1 of 2 updated, 2 available;"
            " look at its pods and events"
        ),
    )
