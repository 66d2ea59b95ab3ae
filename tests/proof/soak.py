"""The soak: hundreds of Deployments live for an hour while the operator is killed and lied to.

Each Deployment is released again and again, and half of its releases are rolled back. One answer
in fifty that the operator gets is an error. In the first half it is killed every two minutes; in
the second it is left alone, and its memory is measured.
"""

import asyncio
import logging
import random
import time
import traceback
from collections.abc import Callable, Sequence
from statistics import linear_regression

import psutil
from aiohttp import web

import harness
from bench.api import connect
from harness.operator_process import OperatorProcess
from proof.ledger import Entry
from proof.lives import Counted, live_in
from proof.stage import a_stage
from small_proxy import Answer, SmallProxy, is_watch, refusal

NAMESPACES = 4
FAULTY = 0.02
ERRORS = (429, 500, 503, 504)
BETWEEN_KILLS = 120.0
SAMPLED_EVERY = 5.0
MEGABYTE = 2**20
HOUR = 3600.0
GROWTH = 1.0
"""Megabytes an hour that are not flat any more; in a short soak it is still warming up."""


def prove(hours: float, say: Callable[[str], None]) -> Entry:
    """Soak for so many hours."""
    # Of an operator that was killed the proxy says nothing new.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    begun, counted, slope = time.monotonic(), Counted(), 0.0
    try:
        with a_stage() as stage, SmallProxy(stage.cluster.kubeconfig).running() as proxy:
            proxy.fault = _a_few(counted)
            operator = stage.start_operator(proxy.kubeconfig(stage.directory / "kubeconfig"))
            slope = asyncio.run(_soak(stage.cluster, operator, hours * HOUR, counted, say))
            # Before the proxy, through which it ends.
            operator.stop()
    except Exception:  # noqa: BLE001 - whatever it is, it is a result
        counted.wrong.append(traceback.format_exc()[-6000:])
    if hours >= 1 and slope >= GROWTH:
        counted.wrong.append(f"the operator grew by {slope:.1f} MB in an hour")
    seconds = time.monotonic() - begun
    figures = {**counted.times, "minutes": round(hours * 60), "kB per hour": round(slope * 1024)}
    return Entry(f"{hours:g} h", not counted.wrong, seconds, "\n".join(counted.wrong), figures)


def _a_few(counted: Counted) -> Callable[[web.Request], Answer]:
    """Answer one call in fifty with an error; watches are only refused, never broken."""
    draw = random.Random(1)  # noqa: S311 - no secret

    def fault(request: web.Request) -> Answer:
        if draw.random() >= FAULTY:
            return None
        counted.times["watches refused" if is_watch(request) else "errors"] += 1
        return refusal(draw.choice(ERRORS))

    return fault


async def _soak(
    cluster: harness.Cluster,
    operator: OperatorProcess,
    seconds: float,
    counted: Counted,
    say: Callable[[str], None],
) -> float:
    until = time.monotonic() + seconds
    async with connect(cluster.kubeconfig, "soak") as api, asyncio.TaskGroup() as tasks:
        kubelet = tasks.create_task(_kubelet(operator, until, until - seconds / 2, counted))
        for number in range(NAMESPACES):
            tasks.create_task(live_in(api, f"soak-{number}", until, counted))
        while time.monotonic() < until:
            await asyncio.sleep(min(60.0, seconds / 10))
            say(", ".join(f"{count} {what}" for what, count in counted.times.items()))
    return _slope(kubelet.result())


async def _kubelet(
    operator: OperatorProcess, until: float, peace: float, counted: Counted
) -> Sequence[tuple[float, float]]:
    """Kill the operator now and then, until there is peace; return its memory since then.

    Whenever it has ended it is started again. Hours, and megabytes.
    """
    samples: list[tuple[float, float]] = []
    next_kill = time.monotonic() + BETWEEN_KILLS
    while (now := time.monotonic()) < until:
        if now < peace and now >= next_kill and operator.is_running:
            operator.kill()
            counted.times["kills"] += 1
            next_kill = now + BETWEEN_KILLS
        if not operator.is_running:
            counted.times["starts"] += 1
            operator.start()
            samples.clear()
        if now >= peace:
            memory = psutil.Process(operator.pid).memory_info().rss / MEGABYTE
            samples.append((now / HOUR, memory))
        await asyncio.sleep(SAMPLED_EVERY)
    return samples


def _slope(samples: Sequence[tuple[float, float]]) -> float:
    """Return by how many megabytes the process grows in an hour, once it is warm."""
    warm = samples[len(samples) // 3 :]
    return linear_regression(*zip(*warm, strict=True)).slope if len(warm) > 1 else 0.0
