"""What the probes and Prometheus are answered."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from prometheus_client.parser import text_string_to_metric_families

from rollback_operator.domain.health import Watched
from rollback_operator.handlers.probes import serving
from rollback_operator.metrics import Metrics
from rollback_operator.operations.vitals import Vitals


class World:
    """What the probes speak of: a clock and a role, and where to ask."""

    now = 100.0
    is_leader = False

    def __init__(self, port: int) -> None:
        self.vitals = Vitals(lambda: self.now, 180, lambda: self.is_leader)
        self.metrics = Metrics()
        self.port = port

    async def ask(self, path: str) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            return response.status, await response.text()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World(unused_port())
    async with serving(world.port, world.vitals, world.metrics):
        yield world


class Stream:
    total_bytes = 0


async def test_a_standby_is_alive_and_ready_and_says_what_it_is(world: World) -> None:
    assert await world.ask("/healthz") == (HTTPStatus.OK, "standby\n")
    assert await world.ask("/readyz") == (HTTPStatus.OK, "standby\n")


async def test_a_leader_is_ready_once_it_watches(world: World) -> None:
    world.is_leader = True
    status, text = await world.ask("/readyz")
    assert (status, (await world.ask("/healthz"))[0]) == (503, 200)
    assert text == "not watching deployments, rollbackrequests yet\nleader\n"

    for resource in ("deployments", "rollbackrequests"):
        world.vitals.opened(Watched(resource), Stream())
    assert await world.ask("/readyz") == (HTTPStatus.OK, "leader\n")


async def test_a_loop_whose_pulse_has_stopped_is_not_alive(world: World) -> None:
    world.now += 11

    status, text = await world.ask("/healthz")

    assert (status, text) == (503, "the event loop has not turned for 11 s\nstandby\n")


async def test_without_the_api_server_it_is_alive_but_not_ready(world: World) -> None:
    world.now += 31
    world.vitals.turned()

    assert (await world.ask("/healthz"))[0] == 200
    assert (await world.ask("/readyz"))[0] == 503


async def test_a_namespace_that_is_gone_takes_its_watches_along(world: World) -> None:
    world.vitals.opened(Watched("deployments", "shop"), Stream())
    world.now += 181
    world.vitals.turned()
    world.vitals.heard(200)
    assert (await world.ask("/healthz"))[0] == 503

    world.vitals.closed("shop")

    assert (await world.ask("/healthz"))[0] == 200


async def test_metrics_are_what_prometheus_can_read(world: World) -> None:
    world.metrics.leader.set(1)

    _, text = await world.ask("/metrics")

    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert found["rollback_operator_leader"].samples[0].value == 1
    assert "process_cpu_seconds" in found


async def test_without_a_port_nothing_is_served() -> None:
    async with serving(0, Vitals(lambda: 0.0, 180, lambda: True), Metrics()):
        pass
