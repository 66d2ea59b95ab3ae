"""The campaign of contended claims: three operators without a leader race for every request."""

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import harness
from bench.api import DEPLOYMENTS, REQUESTS, Api, connect
from bench.contestants import a_request
from bench.fleet import Fleet, names
from bench.watcher import Watcher
from harness import audit
from harness.objects import is_over
from proof.ledger import Entry
from proof.stage import Stage, a_stage

OPERATORS, CHUNK = 3, 50
CHANGES = 3
"""Of a Deployment's spec: made, a bad release, and back. The API server counts them."""


@contextmanager
def a_prover() -> Iterator[Callable[[str], Entry]]:
    """Start a cluster and the operators for all batches, and end them."""
    with a_stage() as stage:
        for _ in range(OPERATORS):
            stage.start_operator()
        yield lambda piece: _prove(stage, piece)


def _prove(stage: Stage, piece: str) -> Entry:
    begun, figures, problem = time.monotonic(), Counter({"requests": CHUNK}), ""
    try:
        problem = "\n".join(asyncio.run(_race(stage.cluster, f"claims-{piece}", figures)))
        if not all(operator.is_running for operator in stage.operators):
            problem += "\nan operator has ended"
    except Exception:  # noqa: BLE001 - whatever it is, it is a result
        problem = traceback.format_exc()[-6000:]
    return Entry(piece, not problem, time.monotonic() - begun, problem, dict(figures))


async def _race(cluster: harness.Cluster, namespace: str, figures: Counter[str]) -> list[str]:
    """Roll all Deployments of a namespace back at once; return what is wrong afterwards."""
    assert cluster.audit_log is not None
    async with connect(cluster.kubeconfig, "claims") as api:
        await api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        async with (
            Watcher(api, DEPLOYMENTS.format(namespace)) as deployments,
            Watcher(api, REQUESTS.format(namespace)) as requests,
        ):
            fleet = Fleet(api, namespace, deployments, recorded=True)
            await fleet.release(names(CHUNK))
            since = audit.mark(cluster.audit_log)
            path = REQUESTS.format(namespace)
            await asyncio.gather(*(api.create(path, a_request(name)) for name in names(CHUNK)))
            for name in names(CHUNK):
                await requests.until(name, is_over)
                await fleet.until_back(name)
            wrong = [problem for name in names(CHUNK) for problem in await _wrong(api, fleet, name)]
    claims = [
        write
        for write in audit.writes(cluster.audit_log, since=since, resource="deployments")
        if write.namespace == namespace and not write.subresource
    ]
    figures["refused claims"] += sum(not claim.succeeded for claim in claims)
    made = Counter(claim.name for claim in claims if claim.succeeded)
    return wrong + [f"{name} was patched {made[name]} times" for name in made if made[name] != 1]


async def _wrong(api: Api, fleet: Fleet, name: str) -> list[str]:
    deployment = await api.get(f"{DEPLOYMENTS.format(fleet.namespace)}/{name}")
    request = await api.get(f"{REQUESTS.format(fleet.namespace)}/{name}")
    wrong = []
    if (changes := deployment["metadata"]["generation"]) != CHANGES:
        wrong.append(f"the spec of {name} was changed {changes} times")
    if (reason := request["status"]["reason"]) != "RolledBack":
        wrong.append(f"{name} ended as {reason}: {request['status']['message']}")
    return wrong
