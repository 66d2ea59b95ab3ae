"""`/healthz`, `/readyz` and `/metrics`, answered by the very event loop that they speak of."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypeAlias

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from rollback_operator.domain.health import LIVE, READY, Rule, problems
from rollback_operator.metrics import Metrics
from rollback_operator.operations.vitals import Vitals

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(port: int, vitals: Vitals, metrics: Metrics) -> AsyncIterator[None]:
    """Serve on a port of all interfaces; on none if it is 0."""
    if not port:
        yield
        return
    app = web.Application()
    app.router.add_get("/healthz", _health(LIVE, vitals))
    app.router.add_get("/readyz", _health(READY, vitals))
    app.router.add_get("/metrics", _exposition(metrics))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()


def _health(rules: tuple[Rule, ...], vitals: Vitals) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        signs = vitals.signs()
        wrong = problems(rules, signs)
        status = HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK
        role = "leader" if signs.is_leader else "standby"
        return _closing(web.Response(text="\n".join([*wrong, role, ""]), status=status))

    return answer


def _exposition(metrics: Metrics) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        body = generate_latest(metrics.registry)
        return _closing(web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST}))

    return answer


def _closing(response: web.Response) -> web.Response:
    """Keep no connection open: Kopf waits for its task when it stops."""
    response.force_close()
    return response
