"""Asks for many generated requests at once, and follows each that is accepted to its end."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from bench.api import DEPLOYMENTS, REQUESTS, Api, connect
from fuzz.requests import some
from harness.namespace import PATIENCE
from harness.objects import Object, is_over
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from rollback_operator.domain.reasons import Reason

AT_ONCE = 16
NAMES = ("web", "api")
IMAGES = ("nginx:1", "nginx:2", "nginx:3")
REFUSALS = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
ACCIDENTS = ("Traceback", "could not be advanced", "unexpected", "CRITICAL")
"""What the operator's log says where something happened that nobody had thought of."""
REASONS = {reason.value for reason in Reason}


@dataclass
class Fate:
    """What became of the requests."""

    refused: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def stock(shop: Shop) -> None:
    """Release what the generated requests name."""
    for name in NAMES:
        shop.release(*IMAGES, name=name)


async def play(shop: Shop, operator: OperatorProcess, seed: int, count: int) -> Fate:
    """Ask for so many requests in a shop that is stocked."""
    async with connect(shop.cluster.kubeconfig, "fuzz") as api:
        fate = await _Play(api, shop.namespace).run(list(some(seed, count)))
        for name in NAMES:
            deployment = await api.get(f"{DEPLOYMENTS.format(shop.namespace)}/{name}")
            [container] = deployment["spec"]["template"]["spec"]["containers"]
            # A request that pins puts the digest behind the name.
            if container["image"].split("@")[0] not in IMAGES:
                fate.problems.append(f"{name} runs {container['image']}, which nobody released")
    if not operator.is_running:
        fate.problems.append("the operator has ended")
    log = operator.log.read_text()
    fate.problems += [f"the operator said: {word}" for word in ACCIDENTS if word in log]
    return fate


class _Play:
    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self._path = REQUESTS.format(namespace)
        self._open: dict[str, Object] = {}
        self._fate = Fate()
        self._news = asyncio.Event()

    async def run(self, requests: Sequence[Object]) -> Fate:
        """Ask for all, and wait until each accepted one has ended."""
        listed = await self._api.get(self._path)
        watching = asyncio.create_task(self._watch(listed["metadata"]["resourceVersion"]))
        limit = asyncio.Semaphore(AT_ONCE)

        async def ask(request: Object) -> None:
            async with limit:
                await self._ask(request)

        try:
            await asyncio.gather(*(ask(request) for request in requests))
            await self._until_all_have_ended()
        finally:
            watching.cancel()
            await asyncio.wait([watching])
        return self._fate

    async def _ask(self, request: Object) -> None:
        name = request["metadata"]["name"]
        self._open[name] = request["spec"]
        status, answer = await self._api.attempt(self._path, request)
        if status == HTTPStatus.CREATED:
            if answer["spec"].get("suspend"):
                change = {"op": "replace", "path": "/spec/suspend", "value": False}
                await self._api.patch(f"{self._path}/{name}", [change])
            return
        del self._open[name]
        self._fate.refused += 1
        if status not in REFUSALS or not answer.get("message"):
            self._fate.problems.append(f"answered {status}: {request['spec']}")

    async def _until_all_have_ended(self) -> None:
        while self._open:
            self._news.clear()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._news.wait()
            except TimeoutError:
                stuck = [f"stuck: {spec}" for spec in self._open.values()]
                self._fate.problems += stuck
                return

    async def _watch(self, version: str) -> None:
        async for line in self._api.watch(self._path, version):
            self._see(json.loads(line)["object"])

    def _see(self, request: Object) -> None:
        spec = self._open.get(request["metadata"]["name"])
        if spec is None or not is_over(request):
            return
        del self._open[request["metadata"]["name"]]
        status = request["status"]
        self._fate.ended[status["reason"]] += 1
        if status["reason"] not in REASONS or not status.get("message"):
            self._fate.problems.append(f"ended as {status}: {spec}")
        self._news.set()
