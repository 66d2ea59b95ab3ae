"""A rollout is on record once, though what is seen of it changes without a rollout."""

from typing import Any

import pytest

from builders import a_request
from fake_cluster import FakeCluster
from in_process import InProcess
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.names import HISTORY, TEMPLATES


class NewlyDefaulting(FakeCluster):
    """An API server that was upgraded, and fills in a field that the one before did not know."""

    upgraded = False

    def upgrade(self) -> None:
        self.upgraded = True
        for obj in (self.deployments["web"], *self.sets["web"]):
            _fill_in(obj)
        self._touch(self.deployments["web"])

    def _patch(self, name: str, patch: Any) -> Deployment:
        super()._patch(name, patch)
        if self.upgraded:
            _fill_in(self.deployments[name])
        return self.deployment_now(name)


def _fill_in(obj: dict[str, Any]) -> None:
    for container in obj["spec"]["template"]["spec"]["containers"]:
        container["newDefault"] = "Always"


def ids(operator: InProcess) -> list[str]:
    return [snapshot.id for snapshot in operator.history().snapshots]


def scale(operator: InProcess, replicas: int) -> None:
    """Scale without a rollout, and let the controller see it."""
    live = operator.cluster.deployments["web"]
    live["spec"]["replicas"] = replicas
    counted = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), replicas)
    live["status"].update(counted)
    for replica_set in operator.cluster.sets["web"]:
        replica_set["status"]["availableReplicas"] = replicas


async def test_an_upgrade_of_the_api_server_is_no_rollout() -> None:
    """The second snapshot of it would be what a default request goes back to: nothing."""
    cluster = NewlyDefaulting()
    operator = InProcess(cluster)
    await operator.rolls_out("web", "A", "B")
    before = ids(operator)

    cluster.upgrade()
    operator = InProcess(cluster)
    await operator.sees(first=True)

    assert ids(operator) == before
    status = await operator.carries_out(cluster.ask(a_request()))
    assert (status.reason, operator.image()) == ("RolledBack", "A")


@pytest.fixture
async def rewound() -> InProcess:
    """An operator that saw B verified, after which its unverified record was put back."""
    operator = InProcess(FakeCluster())
    await operator.rolls_out("web", "A")
    operator.cluster.deploy("web", "B")
    scale(operator, 0)
    await operator.sees()
    annotations = operator.cluster.deployments["web"]["metadata"]["annotations"]
    earlier = {key: annotations[key] for key in (HISTORY, TEMPLATES)}
    scale(operator, 2)
    operator.cluster.settle("web")
    await operator.sees()
    assert [s.verified for s in operator.history().snapshots] == [True, True]
    operator.cluster.deployments["web"]["metadata"]["annotations"].update(earlier)
    operator.cluster.settle("web")
    return operator


async def test_an_older_copy_of_the_record_of_the_live_rollout_is_brought_up_to_date(
    rewound: InProcess,
) -> None:
    await rewound.sees()

    assert rewound.recorded() == "AB"
    assert [s.verified for s in rewound.history().snapshots] == [True, True]
    assert rewound.history().sequence == 3


async def test_later_rollouts_have_a_line_that_ends(rewound: InProcess) -> None:
    """Recorded twice under one id, it led round in a circle as soon as the first one was cut."""
    await rewound.sees()

    await rewound.rolls_out("web", *"CDEFGHIJKLM")

    history = rewound.history()
    assert "".join(s.images["web"][-1] for s in history.below(history.newest)) == "LKJIHGFED"
