"""Who leads, by what was seen of the Lease."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from builders import NOON
from rollback_operator.domain.lease import (
    NOBODY,
    Acquire,
    Hold,
    Lease,
    LeaseName,
    Sight,
    Terms,
    Wait,
    decide,
    new_lease,
)

TERMS = Terms(duration=15, renew_deadline=10, retry_period=2)
NAME = LeaseName("ops", "rollback-operator")


def a_lease(holder: str = "other", version: str = "1", **spec: Any) -> Lease:
    full = {"holderIdentity": holder, "leaseDurationSeconds": 15, "leaseTransitions": 3, **spec}
    metadata = {"name": "rollback-operator", "resourceVersion": version}
    return Lease.from_object({"metadata": metadata, "spec": full})


def test_a_lease_that_is_not_there_is_free() -> None:
    assert decide(Sight(None, 0), "me", 0) == Acquire()


@pytest.mark.parametrize("spec", [None, {}, {"holderIdentity": None}, {"holderIdentity": ""}])
def test_a_lease_without_a_holder_is_free(spec: dict[str, Any] | None) -> None:
    lease = Lease.from_object({"metadata": {"resourceVersion": "1"}, "spec": spec})

    assert decide(Sight(lease, 0), "me", 0) == Acquire()


def test_our_own_is_held_however_old_it_is() -> None:
    assert decide(Sight(a_lease("me"), 0), "me", 1000) == Hold()


def test_another_holders_is_theirs_until_it_has_not_changed_for_its_duration() -> None:
    seen = Sight(a_lease(), since=100)

    assert decide(seen, "me", 114.9) == Wait("other", until=115)
    assert decide(seen, "me", 115) == Acquire()


def test_the_duration_is_what_its_holder_says() -> None:
    """Who uses its own setting breaks in on a holder with a longer one."""
    assert decide(Sight(a_lease(leaseDurationSeconds=60), 0), "me", 59) == Wait("other", 60)


def test_a_holder_that_gives_no_duration_holds_nothing() -> None:
    seen = Sight(a_lease(leaseDurationSeconds=None), since=100)

    assert decide(seen, "me", 100) == Acquire()


def test_what_its_clock_says_does_not_count() -> None:
    """A holder whose clock is an hour behind is alive all the same."""
    lease = a_lease(renewTime="1970-01-01T00:00:00.000000Z")

    assert decide(Sight(lease, since=100), "me", 101) == Wait("other", 115)


def test_only_a_new_version_is_a_sign_of_life() -> None:
    seen = Sight(a_lease(version="1"), since=100)

    assert seen.then(a_lease(version="1"), 110) == seen
    assert seen.then(a_lease(version="2"), 110) == Sight(a_lease(version="2"), 110)
    assert seen.then(None, 110) == Sight(None, 110)


def test_taking_it_over_is_a_change_of_hands() -> None:
    taken = a_lease().with_holder("me", TERMS, NOON)

    assert (taken.holder, taken.duration, taken.transitions) == ("me", 15, 4)
    assert taken.obj["spec"]["acquireTime"] == taken.obj["spec"]["renewTime"]


def test_renewing_it_is_none() -> None:
    lease = a_lease("me", acquireTime="earlier")

    renewed = lease.with_holder("me", TERMS, NOON)

    assert renewed.transitions == 3
    assert renewed.obj["spec"]["acquireTime"] == "earlier"
    assert renewed.obj["spec"]["renewTime"] == "2030-01-01T12:00:00.000000Z"


def test_letting_it_go_leaves_it_to_nobody_and_counts_once() -> None:
    """As in client-go: its components may wait for the same Lease."""
    let_go = a_lease("me").with_holder(NOBODY, TERMS, NOON)

    assert (let_go.holder, let_go.duration, let_go.transitions) == ("", 1, 3)
    assert let_go.with_holder("other", TERMS, NOON).transitions == 4


def test_labels_and_fields_of_others_are_kept() -> None:
    lease = a_lease(strategy="OldestEmulationVersion")
    lease = replace(lease, obj={**lease.obj, "metadata": {"labels": {"a": "b"}}})

    taken = lease.with_holder("me", TERMS, NOON)

    assert taken.obj["metadata"] == {"labels": {"a": "b"}}
    assert taken.obj["spec"]["strategy"] == "OldestEmulationVersion"


def test_the_first_one_names_us() -> None:
    lease = new_lease(NAME, "me", TERMS, NOON)

    assert (lease.holder, lease.duration, lease.transitions) == ("me", 15, 0)
    assert lease.obj == {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"namespace": "ops", "name": "rollback-operator"},
        "spec": {
            "holderIdentity": "me",
            "leaseDurationSeconds": 15,
            "leaseTransitions": 0,
            "acquireTime": "2030-01-01T12:00:00.000000Z",
            "renewTime": "2030-01-01T12:00:00.000000Z",
        },
    }


def test_its_times_are_written_in_utc_to_the_microsecond() -> None:
    east = (NOON + timedelta(microseconds=7)).astimezone(timezone(timedelta(hours=2)))

    renewed = a_lease("me").with_holder("me", TERMS, east)

    assert renewed.obj["spec"]["renewTime"] == "2030-01-01T12:00:00.000007Z"


def test_it_is_logged_with_its_namespace() -> None:
    assert str(NAME) == "the Lease ops/rollback-operator"


def test_a_call_leaves_time_for_another_before_the_deadline() -> None:
    assert TERMS.call_timeout * 2 <= TERMS.renew_deadline
