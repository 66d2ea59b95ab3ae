"""The Deployments that changed last, as the watch showed them: a read less where seconds count.

A release that is rolled back is usually a recent one. What is decided on such a copy is written
only with a `test` of its resourceVersion, so an old copy costs a second try, never a wrong write.
"""

from collections import OrderedDict

from rollback_operator.domain.deployment import Deployment

LIMIT = 256
"""Deployments that are kept: about 20 kB each."""


class RecentDeployments:
    """The last versions of the Deployments that were done when they were seen."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Deployment] = OrderedDict()

    def saw(self, deployment: Deployment) -> None:
        """Keep what the watch showed, unless its rollout still goes on (trap 27)."""
        key = (deployment.namespace, deployment.name)
        self._kept.pop(key, None)
        if deployment.is_done and not deployment.deleted:
            self._kept[key] = deployment
        if len(self._kept) > LIMIT:
            self._kept.popitem(last=False)

    def take(self, namespace: str, name: str) -> Deployment | None:
        """Return the copy, if there is one, once: if it proves old, the watch may be standing."""
        return self._kept.pop((namespace, name), None)

    def forget(self, namespace: str, name: str) -> None:
        """Drop a copy that proved old."""
        self._kept.pop((namespace, name), None)
