"""The digests that a rollout's pods run, which a tag alone does not tell (trap 23)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PULLED = re.compile(r"@(sha256:[0-9a-f]{64})$")
STATUSES = ("initContainerStatuses", "containerStatuses")


def running_digests(pods: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the digest by container, for those whose pods all run the same one.

    An image id without a repository is that of a local image, which cannot be pulled by it.
    """
    seen: dict[str, set[str]] = {}
    for pod in pods:
        status = pod.get("status") or {}
        for container in (c for field in STATUSES for c in status.get(field) or ()):
            if found := _PULLED.search(container.get("imageID") or ""):
                seen.setdefault(container["name"], set()).add(found[1])
    return {name: digests.pop() for name, digests in seen.items() if len(digests) == 1}
