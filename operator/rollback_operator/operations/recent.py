"""The Deployments that changed last, as the watch showed them: a read less where seconds count.

A release that is rolled back is usually a recent one. What is decided on such a copy is written
only with a `test` of its resourceVersion, so an old copy costs a second try, never a wrong write.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from rollback_operator.domain.deployment import Deployment

LIMIT = 256
"""Deployments that are kept: about 10 kB each."""


class RecentDeployments:
    """The last versions of the Deployments that were done when they were seen.

    They are kept as text: parsed, the thousand small objects of each take eight times as much, and
    lie between those of everything else that is read, so that no memory there is ever given back.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()

    def saw(self, deployment: Deployment, obj: Mapping[str, Any]) -> None:
        """Keep the object that it was read from, unless its rollout still goes on (trap 27)."""
        key = (deployment.namespace, deployment.name)
        self._kept.pop(key, None)
        if deployment.is_done and not deployment.deleted:
            self._kept[key] = json.dumps(obj, separators=(",", ":"))
        if len(self._kept) > LIMIT:
            self._kept.popitem(last=False)

    def take(self, namespace: str, name: str) -> Deployment | None:
        """Return the copy, if there is one, once: if it proves old, the watch may be standing."""
        kept = self._kept.pop((namespace, name), None)
        return None if kept is None else Deployment.from_object(json.loads(kept))

    def forget(self, namespace: str, name: str) -> None:
        """Drop a copy that proved old."""
        self._kept.pop((namespace, name), None)
