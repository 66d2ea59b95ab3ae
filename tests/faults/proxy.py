"""A proxy before the API server that numbers every request and lets one of them go wrong.

It speaks TLS on both sides, to the API server with the operator's credentials. Requests are told
apart by their namespace, so that many plans run side by side, each with its own fault.
"""

import asyncio
import base64
import json
import re
import ssl
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from faults.kinds import REASONS, Kind, Moment, Plan, WatchKind, status_object
from faults.storms import fault_in
from harness import certificates, kubeconfig
from harness.calls import calling
from harness.errors import HarnessError
from harness.ports import free_ports

HELD_BACK = {"Host", "Content-Length", "Transfer-Encoding", "Connection"}
DELAY = 2.0
STALL = 4.0
NAMESPACE = re.compile("/namespaces/([^/]+)/(.+)")


@dataclass
class Ground:
    """What the proxy knows of one namespace: its plan, and the requests since that was set.

    `answered` has the audit ids of the requests that the API server has answered.
    """

    plan: Plan | None = None
    kill: Callable[[], None] = lambda: None
    trace: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    strikes: int = 0
    is_gone: bool = False
    latest: dict[str, bytes] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)

    def fault(self, signature: str) -> Plan | None:
        """Count a request or event, and return what befalls it."""
        self.trace.append(signature)
        self.counted[signature] += 1
        found = self._planned(signature, self.counted[signature])
        self.strikes += found is not None
        return found

    def _planned(self, signature: str, number: int) -> Plan | None:
        plan = self.plan
        if plan is None:
            return None
        if plan.kind is Kind.STORM:
            return None if signature.startswith("WATCH") else fault_in(plan, signature, number)
        return plan if (plan.signature, plan.number) == (signature, number) else None


class FaultProxy:
    """The proxy, in a thread of its own."""

    def __init__(self, behind: Path, directory: Path) -> None:
        self.kubeconfig = directory / "proxied.kubeconfig"
        self._grounds: dict[str, Ground] = defaultdict(Ground)
        self._server, self._context = _upstream(behind)
        self._port = free_ports(1)[0]
        authority = certificates.new_authority()
        self._pair = certificates.server(authority, ["localhost", "127.0.0.1"])
        self._loop = asyncio.new_event_loop()
        self._is_up = threading.Event()
        self._problem: Exception | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._serve, name="fault proxy", daemon=True)
        where = kubeconfig.cluster(f"https://127.0.0.1:{self._port}", authority.certificate)
        kubeconfig.write(self.kubeconfig, where, kubeconfig.with_token("ignored"), name="operator")

    def start(self) -> "FaultProxy":
        """Begin to serve."""
        self._thread.start()
        self._is_up.wait()
        if self._problem is not None:
            message = "the fault proxy could not start"
            raise HarnessError(message) from self._problem
        return self

    def stop(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def arm(self, namespace: str, plan: Plan | None, kill: Callable[[], None]) -> None:
        """Begin to count in a namespace, and let the plan's fault strike there."""
        earlier = self._grounds[namespace]
        self._grounds[namespace] = Ground(plan, kill, latest=earlier.latest)

    def ground(self, namespace: str) -> Ground:
        """Return what happened in a namespace since it was armed."""
        return self._grounds[namespace]

    # In the thread

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._open())
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            self._problem = error
            return
        finally:
            self._is_up.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close())
        self._loop.close()

    async def _open(self) -> None:
        connector = aiohttp.TCPConnector(limit=0, ssl=self._context)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=0.1,
        )
        await self._runner.setup()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as place:
            self._pair.save(Path(place), "server")
            context.load_cert_chain(f"{place}/server.crt", f"{place}/server.key")
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=context)
        await site.start()

    async def _close(self) -> None:
        await self._runner.cleanup()
        await self._session.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        found = NAMESPACE.search(request.path)
        if found is None:
            return await self._forward(request)
        namespace, rest = found.groups()
        ground = self._grounds[namespace]
        if "watch" in request.query:
            return await self._watch(request, ground, f"WATCH {rest}")
        fault = ground.fault(f"{request.method} {rest}")
        if fault is None:
            return await self._forward(request, ground)
        assert isinstance(fault.kind, Kind)
        return await self._strike(request, ground, fault.kind, fault.moment)

    async def _strike(
        self, request: web.Request, ground: Ground, kind: Kind, moment: Moment
    ) -> web.StreamResponse:
        answer = None if moment is Moment.BEFORE else await self._forward(request, ground)
        match kind:
            case Kind.KILL if moment is Moment.REPLIED and answer is not None:
                await answer.prepare(request)
                await answer.write_eof()
                ground.kill()
                return answer
            case Kind.KILL:
                ground.kill()
                return _broken(request)
            case Kind.DROP:
                return _broken(request)
            case Kind.RESET:
                return _broken(request, abruptly=True)
            case Kind.DELAY:
                await asyncio.sleep(DELAY)
                return answer or await self._forward(request, ground)
            case _:
                later = {"Retry-After": "1"} if kind is Kind.THROTTLED else {}
                body = status_object(int(kind), REASONS[kind])
                return web.Response(
                    status=int(kind), body=body, content_type="application/json", headers=later
                )

    async def _forward(
        self, request: web.Request, ground: Ground | None = None
    ) -> web.StreamResponse:
        async with self._ask(request, await request.read()) as answer:
            if ground is not None:
                ground.answered.add(answer.headers["Audit-Id"])
            kept = {k: v for k, v in answer.headers.items() if k not in HELD_BACK}
            if "watch" not in request.query:
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
            response = web.StreamResponse(status=answer.status, headers=kept)
            await response.prepare(request)
            with suppress(ConnectionError, aiohttp.ClientError):
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            return response

    def _ask(self, request: web.Request, body: bytes) -> Any:
        kept = {k: v for k, v in request.headers.items() if k not in {*HELD_BACK, "Authorization"}}
        return calling(
            self._session,
            request.method,
            self._server + request.path_qs,
            data=body or None,
            headers=kept,
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def _watch(
        self, request: web.Request, ground: Ground, signature: str
    ) -> web.StreamResponse:
        if ground.is_gone:
            ground.is_gone = False
            body = status_object(410, "Expired")
            return web.Response(status=410, body=body, content_type="application/json")
        async with self._ask(request, b"") as answer:
            response = web.StreamResponse(
                status=answer.status, headers={"Content-Type": "application/json"}
            )
            with suppress(ConnectionError, _EndOfStreamError, aiohttp.ClientError):
                await response.prepare(request)
                await self._pass_on(request, answer, response, signature)
            return response

    async def _pass_on(
        self,
        request: web.Request,
        answer: aiohttp.ClientResponse,
        response: web.StreamResponse,
        signature: str,
    ) -> None:
        """Pass the events on, one line each; the namespace may be armed anew meanwhile."""
        found = NAMESPACE.search(request.path)
        assert found is not None
        skipped: list[bytes] = []
        buffered = b""
        async for chunk in answer.content.iter_any():
            *lines, buffered = (buffered + chunk).split(b"\n")
            for line in lines:
                ground = self._grounds[found[1]]
                uid = _uid(line)
                # What came after it, of the same object, tells more.
                skipped[:] = [earlier for earlier in skipped if _uid(earlier) != uid]
                if (fault := ground.fault(signature)) is not None:
                    if fault.kind is WatchKind.SKIP:
                        skipped.append(line)
                        self._tasks.add(self._loop.create_task(_late(response, skipped, line)))
                        continue
                    await self._strike_watch(request, response, ground, line, uid)
                else:
                    await response.write(line + b"\n")
                ground.latest[uid] = line

    async def _strike_watch(
        self,
        request: web.Request,
        response: web.StreamResponse,
        ground: Ground,
        line: bytes,
        uid: str,
    ) -> None:
        assert ground.plan is not None
        match ground.plan.kind:
            case WatchKind.STALL:
                await asyncio.sleep(STALL)
                await response.write(line + b"\n")
            case WatchKind.GONE_STATUS:
                ground.is_gone = True
                raise _EndOfStreamError
            case WatchKind.CLOSE:
                raise _EndOfStreamError
            case WatchKind.CUT:
                _broken(request, abruptly=True)
                raise _EndOfStreamError
            case WatchKind.GONE_EVENT:
                await response.write(_error_event(410, "Expired"))
                raise _EndOfStreamError
            case WatchKind.ERROR_EVENT:
                await response.write(_error_event(500, "InternalError"))
                raise _EndOfStreamError
            case WatchKind.DUPLICATE:
                await response.write(line + b"\n" + line + b"\n")
            case WatchKind.REPLAY:
                stale = ground.latest.get(uid, line)
                await response.write(line + b"\n" + stale + b"\n")
            case _:
                await response.write(line + b"\n")


class _EndOfStreamError(Exception):
    """The stream ends here."""


async def _late(response: web.StreamResponse, skipped: list[bytes], line: bytes) -> None:
    """Send a skipped event after all if none came after it: no watch forgets an object's last."""
    await asyncio.sleep(DELAY)
    if line in skipped:
        with suppress(ConnectionError):
            await response.write(line + b"\n")


def _broken(request: web.Request, *, abruptly: bool = False) -> web.Response:
    transport = request.transport
    if transport is not None:
        if abruptly:
            transport.abort()
        else:
            transport.close()
    return web.Response(status=499)


def _uid(line: bytes) -> str:
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(line)["object"]["metadata"]["uid"])
    return ""


def _error_event(code: int, reason: str) -> bytes:
    return b'{"type":"ERROR","object":' + status_object(code, reason) + b"}\n"


def _upstream(path: Path) -> tuple[str, ssl.SSLContext]:
    """Read from a kubeconfig where the API server is, and how to prove who we are."""
    document = yaml.safe_load(path.read_text())
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    with tempfile.NamedTemporaryFile() as shown:
        for key in ("client-certificate-data", "client-key-data"):
            shown.write(base64.b64decode(user[key]))
        shown.flush()
        context.load_cert_chain(shown.name)
    return str(cluster["server"]), context
