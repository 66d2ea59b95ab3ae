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


@pytest.mark.parametrize(("since", "is_over"), [(None, False), (990.0, False), (930.0, True)])
def test_credentials_that_stay_rejected_end_it(since: float | None, is_over: bool) -> None:  # noqa: FBT001 - a parameter of the test
    seen = signs(rejected_since=since)

    assert bool(problems(FATAL, seen)) is is_over


def test_of_several_watches_on_a_resource_the_most_silent_counts() -> None:
    seen = signs(watches={Watched("jobs", "a"): 10.0, Watched("jobs", "b"): 5.0, REQUESTS: 7.0})

    assert seen.oldest_by_resource == {"jobs": 5.0, "rollbackrequests": 7.0}
