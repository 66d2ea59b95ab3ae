"""The marks of namespaces: from the watch, or read."""

from fake_cluster import FakeCluster
from rollback_operator.operations.namespaces import Namespaces


async def test_what_the_watch_showed_counts() -> None:
    namespaces = Namespaces(FakeCluster())

    namespaces.saw("shop", {"a": "b"})

    assert await namespaces.marks("shop") == {"a": "b"}


async def test_one_that_the_watch_has_not_shown_yet_is_read_once() -> None:
    cluster = FakeCluster()
    namespaces = Namespaces(cluster)
    cluster.labels = {"a": "b"}
    await namespaces.marks("shop")

    cluster.labels = {"a": "c"}

    assert await namespaces.marks("shop") == {"a": "b"}


async def test_without_a_watch_a_change_is_seen() -> None:
    cluster = FakeCluster()
    namespaces = Namespaces(cluster, watched=False)
    cluster.labels = {"a": "b"}
    await namespaces.marks("shop")

    cluster.labels = {"a": "c"}

    assert await namespaces.marks("shop") == {"a": "c"}
