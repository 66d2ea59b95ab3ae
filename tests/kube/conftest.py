"""The gateway, on a scripted API server on the loopback interface."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import stamina
from aiohttp import web

from rollback_operator.kube.api import Api
from rollback_operator.kube.kube_cluster import KubeCluster
from scripted_api import Scripted


@pytest.fixture
async def server() -> AsyncIterator[tuple[Scripted, str]]:
    """A scripted API server on the loopback interface, and its address."""
    scripted = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield scripted, f"http://{host}:{port}/"
    await runner.cleanup()


@pytest.fixture
def api(server: tuple[Scripted, str]) -> Scripted:
    """The script of the API server."""
    return server[0]


@pytest.fixture
async def caller(server: tuple[Scripted, str]) -> AsyncIterator[Api]:
    """How the API is called, waiting for nothing between the attempts."""
    with stamina.set_testing(True, attempts=6, cap=True):
        async with aiohttp.ClientSession() as session:
            yield Api(session, server[1])


@pytest.fixture
def kube(caller: Api) -> KubeCluster:
    """The gateway."""
    return KubeCluster(caller)
