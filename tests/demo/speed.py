"""Times the operator beside `kubectl rollout undo`, as an independent watcher sees it."""

import asyncio
from contextlib import AsyncExitStack
from statistics import median

from bench.api import DEPLOYMENTS, REQUESTS, Api, connect
from bench.contestants import OURS, UNDO, ByKubectl, ByRequest, Contestant
from bench.fleet import Fleet, names
from bench.race import race
from bench.watcher import Watcher
from demo.claims import check
from demo.stage import TIMED, TWINS, Stage

ROUNDS = 7


def play(stage: Stage) -> None:
    """Roll Deployments and their twins back, in turns."""
    stage.screen.say(
        f"{ROUNDS} Deployments are rolled back by a request, and {ROUNDS} twins, which the operator"
        f" does not watch, by `{UNDO}`; a watcher of its own takes the time from just before the"
        " asking to the changed Deployment:"
    )
    with stage.screen.waiting("rolling them out and back …"):
        times = asyncio.run(_race(stage))
    rows = [(name, f"{median(samples):.0f} ms") for name, samples in times.items()]
    stage.screen.table("", "median", rows=rows)
    ours, undo = median(times[OURS]), median(times[UNDO])
    check("whether the operator is faster", ours < undo, expected=True)
    stage.screen.shown(f"{undo / ours:.1f} times as fast as `{UNDO}`, in this run.")


async def _race(stage: Stage) -> dict[str, list[float]]:
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(connect(stage.cluster.kubeconfig, "demo"))
        requests = await stack.enter_async_context(Watcher(api, REQUESTS.format(TIMED)))
        contestants: list[Contestant] = [
            ByRequest(OURS, await _fleet(stack, api, TIMED, recorded=True), requests),
            ByKubectl(
                UNDO,
                await _fleet(stack, api, TWINS, recorded=False),
                stage.cluster,
                stage.cluster.directory / "configuration",
            ),
        ]
        await asyncio.gather(*(each.fleet.release(names(ROUNDS)) for each in contestants))
        times = await race(contestants, ROUNDS)
        return {name: list(found.samples) for name, found in times.items()}


async def _fleet(stack: AsyncExitStack, api: Api, namespace: str, *, recorded: bool) -> Fleet:
    watcher = await stack.enter_async_context(Watcher(api, DEPLOYMENTS.format(namespace)))
    return Fleet(api, namespace, watcher, recorded)
