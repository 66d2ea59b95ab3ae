"""The measure of all: watches requests in a namespace, and sends one patch for each.

    python -m bench.bare_loop KUBECONFIG NAMESPACE IMAGE

It knows beforehand which image to put back. It checks nothing, records nothing and follows nothing.
"""

import asyncio
import gc
import json
import sys
from pathlib import Path

from bench.api import DEPLOYMENTS, REQUESTS, Api, Object, connect

CONTAINER_IMAGE = "/spec/template/spec/containers/0/image"


async def run(kubeconfig: Path, namespace: str, image: str) -> None:
    """Patch the Deployment of each new request until the watch ends."""
    async with connect(kubeconfig, "bare-loop") as api:
        requests, running = REQUESTS.format(namespace), set[asyncio.Task[None]]()
        listed = await api.get(requests)
        gc.freeze()
        async for line in api.watch(requests, listed["metadata"]["resourceVersion"]):
            event = json.loads(line)
            if event["type"] == "ADDED":
                task = asyncio.create_task(_put_back(api, event["object"], image))
                running.add(task)
                task.add_done_callback(running.discard)


async def _put_back(api: Api, request: Object, image: str) -> None:
    metadata, spec = request["metadata"], request["spec"]
    deployments = DEPLOYMENTS.format(metadata["namespace"])
    change = {"op": "replace", "path": CONTAINER_IMAGE, "value": image}
    await api.patch(f"{deployments}/{spec['targets'][0]['name']}", [change])


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), *sys.argv[2:4]))
