"""The cluster in memory behaves as the real one where the rules depend on it."""

import pytest

from builders import a_request
from fake_cluster import FakeCluster
from in_process import InProcess
from rollback_operator.domain.json_patch import status_patch
from rollback_operator.errors import Stale


def test_a_rollout_bumps_the_revision_and_a_return_brings_the_replica_set_back() -> None:
    cluster = FakeCluster()
    cluster.deploy("web", "A", "B", "A")

    carried = [one["metadata"]["annotations"] for one in cluster.sets["web"]]

    assert cluster.deployment_now().revision == 3
    assert [one["deployment.kubernetes.io/revision"] for one in carried] == ["3", "2"]
    assert carried[0]["deployment.kubernetes.io/revision-history"] == "1"


async def test_undo_rewinds_the_annotations() -> None:
    operator = InProcess(FakeCluster())
    await operator.rolls_out("web", "A", "B", "C")

    operator.cluster.undo("web", "A")

    assert operator.recorded() == ""
    operator.cluster.settle("web")
    assert operator.cluster.deployment_now().revision == 4


async def test_a_failed_test_of_a_patch_is_stale() -> None:
    cluster = FakeCluster()
    request = cluster.ask(a_request())

    with pytest.raises(Stale):
        await cluster.patch_request(request, status_patch("another", {}))
