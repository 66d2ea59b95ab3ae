"""The labels of namespaces, kept from the watch so that a request need not read them."""

from collections.abc import Mapping

from rollback_operator.kube.cluster import Cluster


class Namespaces:
    """Labels by namespace; one that the watch has not shown yet is read.

    Where they are not watched, for want of a right outside of all namespaces, nothing is kept and
    each is read whenever its labels count.
    """

    def __init__(self, cluster: Cluster, *, watched: bool = True) -> None:
        self._cluster = cluster
        self._watched = watched
        self._labels: dict[str, Mapping[str, str]] = {}

    def saw(self, name: str, labels: Mapping[str, str]) -> None:
        """Keep the labels that the watch showed."""
        self._labels[name] = labels

    def lost(self, name: str) -> None:
        """Drop a deleted namespace."""
        self._labels.pop(name, None)

    async def labels(self, name: str) -> Mapping[str, str]:
        """Return the labels of a namespace."""
        if name in self._labels:
            return self._labels[name]
        labels = await self._cluster.namespace_labels(name)
        if self._watched:
            self._labels[name] = labels
        return labels
