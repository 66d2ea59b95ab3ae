"""A group whose first status was lost goes on: what it has claimed it follows."""

from datetime import timedelta

import pytest

from builders import NOON, a_request
from fake_cluster import Fault, KilledError
from in_process import InProcess, with_two_released


@pytest.fixture
async def killed() -> InProcess:
    """What comes after an operator that was killed as it had claimed `api`, of `api` and `web`."""
    process = await with_two_released()
    process.cluster.ask(a_request().of_targets("api", "web"))
    process.cluster.faults[process.cluster.attempts] = Fault(KilledError(), is_stored=True)
    with pytest.raises(KilledError):
        await process.advances()
    assert (process.image("api"), process.image("web")) == ("A", "B")
    return InProcess(process.cluster)


async def carries_on(operator: InProcess) -> list[str]:
    """Carry the request out; return how its targets end, api first."""
    for name in operator.cluster.deployments:
        await operator.sees(name, first=True)
    for _ in range(10):
        if await operator.advances() is None:
            break
        for name in ("api", "web"):
            if operator.image(name) == "A":
                operator.cluster.settle(name)
                await operator.sees(name)
    ended = {t.name: t.reason.value for t in operator.cluster.request_now().status.targets}
    return [ended["api"], ended["web"]]


async def test_it_follows_what_it_claimed_though_another_target_cannot_begin_any_more(
    killed: InProcess,
) -> None:
    """To say that nothing was touched would be untrue."""
    killed.cluster.deployments["web"]["spec"]["paused"] = True

    assert await carries_on(killed) == ["RolledBack", "Paused"]


async def test_it_follows_what_it_claimed_though_another_target_is_rolled_out(
    killed: InProcess,
) -> None:
    killed.cluster.roll_out("web", "C")

    assert await carries_on(killed) == ["RolledBack", "RolloutNotCompleted"]
    assert killed.image("web") == "C"


async def test_it_does_not_expire_while_nobody_looked(killed: InProcess) -> None:
    killed.cluster.settle("api")
    killed.now = NOON + timedelta(seconds=400)

    assert (await carries_on(killed))[0] == "RolledBack"
    assert killed.image("web") == "A"
