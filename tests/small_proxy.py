"""A small proxy before the API server: it passes everything on, but for what is to go wrong."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import kopf
import pytest
import yaml
from aiohttp import web

from harness.calls import calling
from rollback_operator.handlers.login import find_credentials


class Silence(Enum):
    """A watch that is opened, and on which nothing ever comes."""

    SILENCE = auto()


Answer: TypeAlias = web.Response | float | Silence | None
"""Given instead of the API server's; a number of seconds holds a call up, None lets it pass."""
Fault: TypeAlias = Callable[[web.Request], Answer]

HOP_BY_HOP = {"host", "transfer-encoding", "content-length", "connection"}


class SmallProxy:
    """Speaks HTTP to the operator, and as an administrator to the API server."""

    def __init__(self, kubeconfig: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KUBECONFIG", str(kubeconfig))
            found = find_credentials(kopf.OperatorSettings())
        self._server = found.server
        self._ssl: ssl.SSLContext = found.as_ssl_context()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._address = ""
        self.fault: Fault = lambda _: None

    def kubeconfig(self, path: Path) -> Path:
        """Write a kubeconfig that leads to the proxy."""
        names = {"cluster": "proxy", "user": "proxy"}
        config = {
            "current-context": "proxy",
            "contexts": [{"name": "proxy", "context": names}],
            "clusters": [{"name": "proxy", "cluster": {"server": self._address}}],
            "users": [{"name": "proxy", "user": {}}],
        }
        path.write_text(yaml.safe_dump(config))
        return path

    @contextmanager
    def running(self) -> Iterator["SmallProxy"]:
        """Run in a thread of its own."""
        thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        thread.start()
        self._ready.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        connector = aiohttp.TCPConnector(limit=0, ssl=self._ssl)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            self._session = session
            runner = web.AppRunner(web.Application(), access_log=None, shutdown_timeout=0.1)
            runner.app.router.add_route("*", "/{path:.*}", self._handle)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            self._address = f"http://{host}:{port}"
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        match self.fault(request):
            case web.Response() as answer:
                return answer
            case Silence():
                silent = web.StreamResponse()
                await silent.prepare(request)
                await self._stop.wait()
                return silent
            case seconds:
                await asyncio.sleep(seconds or 0)
                return await self._pass_on(request)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        sent = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
        url, body = f"{self._server}{request.raw_path}", await request.read()
        timeout = aiohttp.ClientTimeout()
        async with calling(
            self._session, request.method, url, headers=sent, data=body or None, timeout=timeout
        ) as upstream:
            got = {k: v for k, v in upstream.headers.items() if k.lower() not in HOP_BY_HOP}
            answer = web.StreamResponse(status=upstream.status, headers=got)
            await answer.prepare(request)
            async for chunk in upstream.content.iter_any():
                await answer.write(chunk)
            return answer


def refusal(status: int, **headers: str) -> web.Response:
    """Return an error as the API server words it."""
    body = {"kind": "Status", "status": "Failure", "code": status, "message": "made by a test"}
    return web.json_response(body, status=status, headers=headers)


def stream(*events: dict[str, Any]) -> web.Response:
    """Return a watch that shows these events and ends."""
    return web.Response(text="".join(f"{json.dumps(event)}\n" for event in events))


def is_watch(request: web.Request, resource: str = "deployments") -> bool:
    """Tell whether a watch is to be opened."""
    return request.path.endswith(f"/{resource}") and request.query.get("watch") == "true"


def is_list(request: web.Request, resource: str = "deployments") -> bool:
    """Tell whether something is to be listed."""
    return (
        request.method == "GET"
        and request.path.endswith(f"/{resource}")
        and "watch" not in request.query
    )


class Times:
    """Goes wrong some times, and then no more."""

    def __init__(
        self, count: int, when: Callable[[web.Request], bool], answer: Callable[[], Answer]
    ) -> None:
        self.left = count
        self._when = when
        self._answer = answer

    def __call__(self, request: web.Request) -> Answer:
        """Answer a call that it is about."""
        if self.left <= 0 or not self._when(request):
            return None
        self.left -= 1
        return self._answer()
