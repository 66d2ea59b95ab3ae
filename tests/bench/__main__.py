"""`make bench`: measure the operator beside bare clients, on a cluster of its own."""

import asyncio
import gc
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console

import harness
from bench import writes
from bench.api import connect
from bench.contestants import BARE, NAMESPACES, OURS, Contestant, enter_all
from bench.fleet import GOOD, names
from bench.race import race
from bench.report import Report
from harness.processes import Component, kill_all
from harness.resident import install_definitions, start_module, start_operator

ROUNDS = int(os.environ.get("BENCH_N", "60"))
IDLE_DEPLOYMENTS = int(os.environ.get("BENCH_IDLE_DEPLOYMENTS", "200"))
INTERRUPTED = 130
IDLE_SECONDS = float(os.environ.get("BENCH_IDLE_SECONDS", "60"))


def main() -> int:
    """Run the whole benchmark; goals that are missed are shown, not failed."""
    console = Console(soft_wrap=True)
    try:
        report = run(console)
    except harness.HarnessError as error:
        console.print(f"Error: {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted; everything that was started has ended.")
        return INTERRUPTED
    report.show(console)
    if path := os.environ.get("BENCH_JSON"):
        report.save(Path(path))
    return 0


def run(console: Console) -> Report:
    """Start a cluster, measure on it, and end it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        cluster = harness.start(Path(directory), say=console.print)
        try:
            install_definitions(cluster)
            return asyncio.run(measure(cluster, console))
        finally:
            cluster.stop()


async def measure(cluster: harness.Cluster, console: Console) -> Report:
    """Return all figures."""
    running: list[Component] = []
    try:
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(connect(cluster.kubeconfig, "bench"))
            contestants = await enter_all(stack, cluster, api)
            running += [_start_ours(cluster), _start_bare(cluster)]
            return await _measure(cluster, contestants, console)
    finally:
        kill_all(running)


async def _measure(
    cluster: harness.Cluster, contestants: list[Contestant], console: Console
) -> Report:
    by_name = {contestant.name: contestant for contestant in contestants}
    ours = by_name[OURS]
    console.print(f"Rolling {ROUNDS} Deployments out twice for each of {', '.join(by_name)} …")
    for contestant in contestants:
        await contestant.fleet.release(names(ROUNDS))
    gc.freeze()
    console.print("Rolling them back, one at a time …")
    times = await race(contestants, ROUNDS)
    counted = {}
    if cluster.audit_log is not None:
        counted = await _count(cluster.audit_log, ours, console)
    return Report(cluster.version, times, counted)


async def _count(log: Path, ours: Contestant, console: Console) -> dict[str, writes.Writes]:
    counted = {
        "two rollouts": await writes.of_rollouts(log, ours, "counted"),
        "one rollback": await writes.of_rollback(log, ours, "counted"),
    }
    others = names(IDLE_DEPLOYMENTS)[ROUNDS : IDLE_DEPLOYMENTS - 1]
    console.print(f"Rolling {len(others)} more Deployments out, then {IDLE_SECONDS:.0f} s idle …")
    await ours.fleet.release(others)
    idle = f"{IDLE_SECONDS:.0f} s idle, {max(ROUNDS + 1, IDLE_DEPLOYMENTS)} Deployments"
    return counted | {idle: await writes.while_idle(log, IDLE_SECONDS)}


def _start_ours(cluster: harness.Cluster) -> Component:
    return start_operator(cluster, ROLLBACK_NAMESPACES=NAMESPACES[OURS])


def _start_bare(cluster: harness.Cluster) -> Component:
    arguments = [str(cluster.kubeconfig), NAMESPACES[BARE], GOOD]
    return start_module(cluster, "bench.bare_loop", arguments)


if __name__ == "__main__":
    sys.exit(main())
