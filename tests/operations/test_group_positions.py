"""Groups of two to ten with a failure in each position, with either policy."""

from datetime import timedelta

import pytest

from builders import a_request
from fake_cluster import FakeCluster
from in_process import InProcess

POSITIONS = [("Stop", size, failing) for size in range(2, 11) for failing in range(size)]
POSITIONS += [("Continue", size, failing) for size in (2, 5) for failing in range(size)]


async def released(names: list[str]) -> InProcess:
    """Return an operator that saw two versions of each succeed."""
    operator = InProcess(FakeCluster())
    for name in names:
        await operator.rolls_out(name, "A", "B")
    return operator


async def carries_out(operator: InProcess, names: list[str], failing: str) -> list[str]:
    """Carry the group out; one never comes to serve. Return who was begun, in order.

    Whenever one is begun, all that were begun before must serve, or have failed.
    """
    begun: list[str] = []
    while await operator.advances() is not None:
        new = [name for name in names if operator.claim(name) and name not in begun]
        assert len(new) <= 1
        if new:
            phases = {t.name: t.phase for t in operator.cluster.request_now().status.targets}
            assert all(phases[name].is_final for name in begun)
        begun += new
        if begun[-1] == failing:
            operator.now += timedelta(seconds=601)
        else:
            operator.cluster.settle(begun[-1])
    return begun


@pytest.mark.parametrize(("policy", "size", "position"), POSITIONS)
async def test_each_begins_when_the_one_before_has_ended(
    policy: str, size: int, position: int
) -> None:
    names = [f"part-{number}" for number in range(size)]
    operator = await released(names)
    request = a_request().of_targets(*names).saying(order="Listed", onFailure=policy)
    operator.cluster.ask(request)

    begun = await carries_out(operator, names, names[position])

    status = operator.cluster.request_now().status
    after = ["OtherTargetFailed" if policy == "Stop" else "RolledBack"] * (size - position - 1)
    assert [t.reason for t in status.targets] == [
        *["RolledBack"] * position,
        "DeadlineExceeded",
        *after,
    ]
    assert begun == (names[: position + 1] if policy == "Stop" else names)
    assert (status.phase, status.reason) == ("Exception", "DeadlineExceeded")
