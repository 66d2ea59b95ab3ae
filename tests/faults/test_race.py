"""Of two requests at once one leads, as the claim says; how the other may end is known exactly."""

from typing import Any

import pytest

from faults.outcome import is_refusal_in_race, race
from harness.objects import Object

WELL = ("True", "False", "False")
BADLY = ("False", "False", "True")
LEADER = {"phase": "Completed", "reasons": ["RolledBack"]}


def a_request(
    phase: str, reason: str, conditions: tuple[str, ...], following: str | None = None
) -> Object:
    """Return a request that has ended so."""
    target: Object = {"reason": reason} | ({"following": following} if following else {})
    kinds = ("Ready", "Reconciling", "Stalled")
    status: Object = {
        "phase": phase,
        "targets": [target],
        "conditions": [{"type": k, "status": s} for k, s in zip(kinds, conditions, strict=True)],
    }
    return {"status": status | ({"change": "1 → 2"} if phase == "Completed" else {})}


ROLLED_BACK = a_request("Completed", "RolledBack", WELL)


@pytest.mark.parametrize(
    "other",
    [
        a_request("Completed", "RolledBack", WELL, following="back"),
        a_request("Exception", "AlreadyRolledBack", BADLY),
    ],
    ids=["follows", "too late"],
)
def test_the_other_one_follows_or_comes_too_late(other: Object) -> None:
    found = race("back", {"also": other, "back": ROLLED_BACK})

    assert (found["leader"] | LEADER, found["others"]) == (found["leader"], [])


@pytest.mark.parametrize(
    "other",
    [
        ROLLED_BACK,
        a_request("Completed", "RolledBack", WELL, following="another"),
        a_request("Completed", "RolledBack", BADLY, following="back"),
        a_request("Completed", "AlreadyThere", WELL),
        a_request("Exception", "AlreadyRolledBack", WELL),
        a_request("Exception", "AlreadyRolledBack", BADLY, following="back"),
        a_request("Exception", "RollbackInProgress", BADLY),
    ],
)
def test_nothing_else_is_well(other: Object) -> None:
    assert race("back", {"back": ROLLED_BACK, "also": other})["others"]


def test_without_a_claim_nobody_led() -> None:
    found = race("", {"back": ROLLED_BACK, "also": ROLLED_BACK})

    assert (found["leader"], len(found["others"])) == (None, 2)


def test_who_is_told_no_stands_back_for_the_other() -> None:
    refused = a_request("Exception", "Forbidden", BADLY)
    expected = {"requests": race("back", {"back": ROLLED_BACK}), "writes": {"web template": 1}}

    def ended(**others: Any) -> Object:
        found = race("also", {"also": ROLLED_BACK, "back": refused})
        return {"requests": found, "writes": {"web template": 1}} | others

    assert is_refusal_in_race(ended(), expected)
    assert not is_refusal_in_race(ended(writes={}), expected)
    assert not is_refusal_in_race(expected, expected)
