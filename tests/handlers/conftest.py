"""The edges, on a scripted API server on the loopback interface."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from scripted_api import Scripted


@pytest.fixture
async def server() -> AsyncIterator[tuple[Scripted, str]]:
    """A scripted API server, and its address."""
    scripted = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield scripted, f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture
def api(server: tuple[Scripted, str]) -> Scripted:
    """The script of the API server."""
    return server[0]


@pytest.fixture
def address(server: tuple[Scripted, str]) -> str:
    """Where it listens."""
    return server[1]
