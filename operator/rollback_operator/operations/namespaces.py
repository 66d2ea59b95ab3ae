"""The marks of namespaces, kept from the watch so that a request need not read them."""

from collections.abc import Mapping

from rollback_operator.kube.cluster import Cluster


class Namespaces:
    """Labels and flag by namespace; one that the watch has not shown yet is read.

    Where they are not watched, for want of a right outside of all namespaces, nothing is kept and
    each is read whenever its marks count.
    """

    def __init__(self, cluster: Cluster, *, watched: bool = True) -> None:
        self._cluster = cluster
        self._watched = watched
        self._marks: dict[str, Mapping[str, str]] = {}

    def saw(self, name: str, marks: Mapping[str, str]) -> None:
        """Keep the marks that the watch showed."""
        self._marks[name] = marks

    def lost(self, name: str) -> None:
        """Drop a deleted namespace."""
        self._marks.pop(name, None)

    async def marks(self, name: str) -> Mapping[str, str]:
        """Return the marks of a namespace."""
        if name in self._marks:
            return self._marks[name]
        marks = await self._cluster.namespace_marks(name)
        if self._watched:
            self._marks[name] = marks
        return marks
