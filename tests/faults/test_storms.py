"""A storm is the same whenever it is played again, and lets most requests through."""

import pytest

from faults.kinds import Kind, Moment, Plan
from faults.storms import a_storm, fault_in

CLAIM = "PATCH deployments/web"
READ = "GET deployments/web"


def faults(seed: int, signature: str = CLAIM, requests: int = 600) -> list[Plan | None]:
    """Return what befalls the first requests with a signature."""
    storm = a_storm("rollback", seed)
    return [fault_in(storm, signature, number) for number in range(1, requests + 1)]


def test_it_can_be_played_again_from_its_text() -> None:
    again = Plan.parse(str(a_storm("rollback", 7)))

    assert [fault_in(again, CLAIM, number) for number in range(1, 601)] == faults(7)


def test_another_seed_is_another_storm() -> None:
    assert faults(1) != faults(2)


def test_about_one_request_in_six_goes_wrong() -> None:
    struck = [fault for fault in faults(1) if fault]

    assert 60 < len(struck) < 140


@pytest.mark.parametrize("seed", range(5))
def test_nothing_that_would_be_an_answer_or_an_end_is_in_it(seed: int) -> None:
    kinds = {fault.kind for fault in faults(seed) if fault}

    assert kinds.isdisjoint({Kind.KILL, Kind.STORM, Kind.FORBIDDEN, Kind.UNAUTHORIZED})


def test_a_read_stores_nothing_so_that_after_it_is_no_moment() -> None:
    assert {fault.moment for fault in faults(1, READ) if fault} == {Moment.BEFORE}
