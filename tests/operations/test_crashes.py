"""Killed at any write, or the answer to any write lost: the same end, and no write twice."""

from typing import Any

import pytest

from builders import KEYRING, RequestBuilder, a_request
from fake_cluster import FakeCluster, Fault, KilledError
from in_process import InProcess
from rollback_operator.domain.annotations import decode
from rollback_operator.domain.names import CLAIM, HISTORY, TEMPLATES

SCENARIOS = {
    "one": a_request(),
    "artifacts": a_request().artifacts(),
    "further back": a_request().to(revision=1),
    "abandon": a_request().abandoning(),
    "abandon for what is further back": a_request().abandoning().to(revision=1),
    "group": a_request().of_targets("web", "api"),
    "refused": a_request().to(revision=99),
    "preview": a_request().saying(dryRun=True),
}
MOST_WRITES = 16


async def a_cluster(scenario: str) -> InProcess:
    """Return an operator that saw three versions succeed, and maybe a fourth begin."""
    operator = InProcess(FakeCluster())
    await operator.rolls_out("web", "A", "B", "C")
    await operator.rolls_out("api", "A", "B")
    if scenario.startswith("abandon"):
        operator.cluster.roll_out("web", "D")
        operator.cluster.settle("web", available=0)
    operator.cluster.writes.clear()
    return operator


async def end_state(operator: InProcess, request: RequestBuilder) -> dict[str, Any]:
    """Carry the request out and return all that counts."""
    cluster = operator.cluster
    status = await operator.carries_out(cluster.ask(request))
    return {
        "status": status.model_dump(exclude={"log"}),
        "writes": sorted(w for w in cluster.writes if w.startswith("deployment")),
        **{name: state_of(operator, name) for name in cluster.deployments},
    }


def state_of(operator: InProcess, name: str) -> dict[str, Any]:
    live = operator.cluster.deployment_now(name)
    claim = operator.claim(name)
    hidden = {HISTORY, TEMPLATES, CLAIM}
    return {
        "template": live.template.body,
        "history": decode(live.annotations, live.uid, KEYRING),
        "claim": claim,
        "others": {k: v for k, v in (live.annotations or {}).items() if k not in hidden},
        "conditions": live.conditions,
    }


@pytest.mark.parametrize("is_stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_killed_at_any_write_the_end_is_the_same(
    scenario: str,
    is_stored: bool,  # noqa: FBT001 - a table
) -> None:
    undisturbed = await end_state(await a_cluster(scenario), SCENARIOS[scenario])
    points = 0
    for point in range(MOST_WRITES):
        operator = await a_cluster(scenario)
        at = operator.cluster.attempts + point
        operator.cluster.faults[at] = Fault(KilledError(), is_stored)
        disturbed = await end_state(operator, SCENARIOS[scenario])
        if operator.cluster.faults:
            break
        points += 1
        assert disturbed == undisturbed, f"killed at write {point}"
    assert 2 <= points < MOST_WRITES


@pytest.mark.parametrize("scenario", ["one", "group", "abandon"])
async def test_killed_twice_the_end_is_the_same(scenario: str) -> None:
    undisturbed = await end_state(await a_cluster(scenario), SCENARIOS[scenario])
    for first in range(5):
        for second in range(first + 1, 7):
            operator = await a_cluster(scenario)
            base = operator.cluster.attempts
            operator.cluster.faults[base + first] = Fault(KilledError(), is_stored=True)
            operator.cluster.faults[base + second] = Fault(KilledError())
            disturbed = await end_state(operator, SCENARIOS[scenario])
            assert disturbed == undisturbed, f"killed at writes {first} and {second}"
