"""What makes the operator alive and ready, and what ends it."""

from typing import Any

import pytest

from rollback_operator.domain.health import (
    FATAL,
    LIVE,
    READY,
    Signs,
    Watched,
    problems,
)

DEPLOYMENTS, REQUESTS = Watched("deployments"), Watched("rollbackrequests")


def signs(**changed: Any) -> Signs:
    """Return the signs of a leader that is well."""
    well: dict[str, Any] = {
        "now": 1000.0,
        "turned_at": 999.5,
        "heard_at": 999.0,
        "rejected_since": None,
        "watches": {DEPLOYMENTS: 950.0, REQUESTS: 950.0},
        "is_leader": True,
        "watch_limit": 180.0,
    }
    return Signs(**well | changed)


def test_a_leader_that_watches_is_alive_and_ready() -> None:
    assert problems(READY, signs()) == []


def test_a_standby_is_ready_without_any_watch() -> None:
    assert problems(READY, signs(is_leader=False, watches={})) == []


def test_a_leader_that_has_not_listed_yet_is_alive_but_not_ready() -> None:
    seen = signs(watches={DEPLOYMENTS: 999.0})

    assert problems(LIVE, seen) == []
    assert problems(READY, seen) == ["not watching rollbackrequests yet"]
    assert problems(READY, signs(watches={})) == ["not watching deployments, rollbackrequests yet"]


def test_a_loop_that_does_not_turn_is_not_alive() -> None:
    assert problems(LIVE, signs(turned_at=980.0)) == ["the event loop has not turned for 20 s"]


def test_a_silent_watch_is_dead_if_the_api_server_answers() -> None:
    seen = signs(watches={DEPLOYMENTS: 800.0, Watched("jobs", "shop"): 700.0, REQUESTS: 999.0})

    told = ["nothing is heard of the watch on deployments, jobs in shop"]
    assert problems(LIVE, seen) == problems(FATAL, seen) == told


def test_an_api_server_that_is_gone_makes_it_unready_but_is_no_reason_to_end() -> None:
    """A new process could not reach it either, and restarts make the outage longer."""
    seen = signs(heard_at=700.0, watches={DEPLOYMENTS: 700.0, REQUESTS: 700.0})

    assert problems(LIVE, seen) == problems(FATAL, seen) == []
    assert problems(READY, seen) == ["the API server has not answered for 300 s"]


@pytest.mark.parametrize("since", [None, 990.0])
def test_credentials_that_are_rejected_for_a_moment_end_nothing(since: float | None) -> None:
    assert problems(FATAL, signs(rejected_since=since)) == []


def test_credentials_that_stay_rejected_end_it() -> None:
    told = ["the API server has rejected the operator's credentials (401) for 70 s"]

    assert problems(FATAL, signs(rejected_since=930.0)) == told


@pytest.mark.parametrize(
    "borderline",
    [
        {"turned_at": 990.0},
        {"heard_at": 970.0},
        {"rejected_since": 940.0},
        {"watches": {DEPLOYMENTS: 820.0, REQUESTS: 820.0}},
    ],
    ids=["loop", "api-server", "credentials", "watches"],
)
def test_what_is_just_at_its_limit_is_within_it(borderline: dict[str, Any]) -> None:
    assert problems(READY, signs(**borderline)) == []


def test_of_several_watches_on_a_resource_the_most_silent_counts() -> None:
    seen = signs(watches={Watched("jobs", "a"): 10.0, Watched("jobs", "b"): 5.0, REQUESTS: 7.0})

    assert seen.oldest_by_resource == {"jobs": 5.0, "rollbackrequests": 7.0}
