"""What the API server may do: each is survived, or ends the process with a line that says why."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import harness
from conftest import StartsOperators
from harness.namespace import PATIENCE
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from harness.waiting import wait_until
from small_proxy import Silence, SmallProxy, Times, is_list, is_watch, refusal, stream


@pytest.fixture
def proxy(cluster: harness.Cluster) -> Iterator[SmallProxy]:
    """A proxy before the API server that passes everything on."""
    with SmallProxy(cluster.kubeconfig).running() as proxy:
        yield proxy


@pytest.fixture
def start(
    proxy: SmallProxy, empty_shop: Shop, start_operator: StartsOperators, tmp_path: Path
) -> Callable[..., OperatorProcess]:
    """Start an operator that reaches the API server by the proxy."""

    def start(**settings: str) -> OperatorProcess:
        kubeconfig = str(proxy.kubeconfig(tmp_path / "kubeconfig"))
        return start_operator(empty_shop, KUBECONFIG=kubeconfig, **settings)

    return start


def a_patch(request: web.Request) -> bool:
    return request.method == "PATCH" and request.path.endswith("/deployments/web")


def error(code: int) -> dict[str, Any]:
    status = {"kind": "Status", "apiVersion": "v1", "code": code, "message": "made by a test"}
    return {"type": "ERROR", "object": status}


SURVIVED: dict[str, Callable[[], Times]] = {
    "lists that are in trouble": lambda: Times(3, is_list, lambda: refusal(503)),
    "watches that are in trouble": lambda: Times(3, is_watch, lambda: refusal(500)),
    "too many lists": lambda: Times(2, is_list, lambda: refusal(429, **{"Retry-After": "1"})),
    "a list that has expired": lambda: Times(2, is_list, lambda: refusal(410)),
    "a list that the token was not accepted for": lambda: Times(2, is_list, lambda: refusal(401)),
    "a watch that the token was not accepted for": lambda: Times(2, is_watch, lambda: refusal(401)),
    "a watch that has expired": lambda: Times(2, is_watch, lambda: stream(error(410))),
    "patches that are in trouble": lambda: Times(2, a_patch, lambda: refusal(503)),
    "too many patches": lambda: Times(1, a_patch, lambda: refusal(429, **{"Retry-After": "1"})),
    "a patch that the token was not accepted for": lambda: Times(1, a_patch, lambda: refusal(401)),
    "a slow API server": lambda: Times(1000, lambda _: True, lambda: 0.2),
}


@pytest.mark.parametrize("fault", SURVIVED.values(), ids=SURVIVED)
def test_it_survives(
    empty_shop: Shop,
    proxy: SmallProxy,
    start: Callable[..., OperatorProcess],
    fault: Callable[[], Times],
) -> None:
    """And rolls back with one change of the template."""
    times = fault()
    begun = times.left
    proxy.fault = times
    operator = start()

    empty_shop.release("nginx:1", "nginx:2")
    status = empty_shop.roll_back()

    assert (status["reason"], empty_shop.image()) == ("RolledBack", "nginx:1")
    changes = [w for w in empty_shop.stored_writes("deployments", "web") if not w.subresource]
    assert len(changes) == 1
    assert operator.is_running
    assert times.left < begun


def is_watch_on_deployments(request: web.Request) -> bool:
    return is_watch(request, "deployments")


FATAL: dict[str, tuple[Callable[[], Times], str]] = {
    "an error inside each watch": (
        lambda: Times(1000, is_watch, lambda: stream(error(500))),
        "Error in the watch-stream",
    ),
    "an error inside one watch while the others go on": (
        lambda: Times(1, is_watch_on_deployments, lambda: stream(error(500))),
        "Error in the watch-stream",
    ),
    "a watch that is not there": (
        lambda: Times(1000, is_watch, lambda: refusal(404)),
        "APINotFoundError",
    ),
    "a watch that has expired for good": (
        lambda: Times(1000, is_watch, lambda: refusal(410)),
        "status=410",
    ),
}


@pytest.mark.parametrize(("fault", "why"), FATAL.values(), ids=FATAL)
def test_it_ends_at(
    proxy: SmallProxy,
    start: Callable[..., OperatorProcess],
    fault: Callable[[], Times],
    why: str,
) -> None:
    """So that it is started anew: Kopf alone waits for its other watches for ever then."""
    proxy.fault = fault()
    operator = start()

    assert operator.wait(PATIENCE) == 1
    last = operator.log.read_text().strip().splitlines()[-1]
    assert "ending, to be started anew: the watches have ended" in last
    assert why in last


def test_it_ends_when_a_watch_is_silent_though_the_api_server_answers(
    proxy: SmallProxy, start: Callable[..., OperatorProcess]
) -> None:
    """A load balancer may forget a connection and tell neither side."""
    proxy.fault = Times(1000, lambda r: is_watch(r, "rollbackrequests"), lambda: Silence.SILENCE)
    operator = start(ROLLBACK_WATCH_TIMEOUT="5")

    assert operator.wait(PATIENCE) == 1
    last = operator.log.read_text().strip().splitlines()[-1]
    assert "nothing is heard of the watch on" in last
    assert "rollbackrequests" in last


def test_it_stops_at_once_while_it_may_not_watch(
    proxy: SmallProxy, start: Callable[..., OperatorProcess]
) -> None:
    """Kopf alone needs a quarter of a minute, in which nobody leads."""
    times = Times(1000, is_watch, lambda: refusal(403))
    proxy.fault = times
    operator = start()
    wait_until(lambda: times.left < 998, "the watch to be refused", seconds=PATIENCE)

    operator.stop()

    assert operator.wait(PATIENCE) == 0
