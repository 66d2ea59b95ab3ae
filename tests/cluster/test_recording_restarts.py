"""The operator is killed and started again: nothing is written that was not to be written."""

import json
from collections.abc import Callable

import pytest

from conftest import StartsOperators
from harness.objects import Object, history, rollbackable
from harness.operator_process import OperatorProcess
from harness.shop import Shop


def _nothing(_: Shop) -> None:
    pass


def _restarts(shop: Shop) -> None:
    shop.restart()
    stamp = {"kubectl.kubernetes.io/restartedAt": "2030-01-01T00:00:00Z"}
    shop.patch({"spec": {"template": {"metadata": {"annotations": stamp}}}})
    shop.until_done()


def _scaling(shop: Shop) -> None:
    shop.scale(4)
    shop.until_done()


def _failing_pods(shop: Shop) -> None:
    shop.break_pods()


def _a_failure_edited_back(shop: Shop) -> None:
    shop.roll_out_in_vain()
    shop.roll_out("nginx:2")


def _a_failure_undone(shop: Shop) -> None:
    shop.roll_out_in_vain()
    shop.undo()


@pytest.mark.parametrize(
    "change",
    [_nothing, _restarts, _scaling, _failing_pods, _a_failure_edited_back, _a_failure_undone],
    ids=lambda change: change.__name__.strip("_"),
)
def test_a_start_writes_nothing_where_nothing_was_rolled_out(
    empty_shop: Shop, start_operator: StartsOperators, change: Callable[[Shop], None]
) -> None:
    shop, operator = _watched(empty_shop, start_operator)
    shop.release("nginx:1", "nginx:2")
    with shop.without(operator):
        change(shop)

    assert len(shop.operator_writes()) == 2
    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")


@pytest.mark.parametrize("killed", ["between two rollouts", "during a rollout"])
def test_a_killed_operator_leaves_the_history_of_an_undisturbed_one(
    shop: Shop, empty_shop: Shop, start_operator: StartsOperators, killed: str
) -> None:
    shop.release("nginx:1", "nginx:slow-1s", "nginx:3")
    disturbed, operator = _watched(empty_shop, start_operator)
    disturbed.release("nginx:1")
    if killed == "during a rollout":
        disturbed.roll_out("nginx:slow-1s", wait=False)
    operator.kill()
    operator.start()
    disturbed.roll_out("nginx:slow-1s")
    disturbed.until_recorded(snapshots=2)
    disturbed.roll_out("nginx:3")
    disturbed.until_recorded(snapshots=3)

    assert _likeness(disturbed) == _likeness(shop)
    assert len(disturbed.operator_writes()) == len(shop.operator_writes())


def test_deployments_are_deleted_without_the_operator(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Fact 6: a finalizer of ours would keep them for ever."""
    shop, operator = _watched(empty_shop, start_operator)
    shop.release("nginx:1", "nginx:2")
    operator.kill()

    shop.kubectl("delete", "deployment/web", "--cascade=foreground", "--timeout=30s")

    assert shop.kubectl("get", "deployment/web", check=False).returncode != 0


def _watched(shop: Shop, start_operator: StartsOperators) -> tuple[Shop, OperatorProcess]:
    """Return the shop with an operator that watches it already."""
    operator = start_operator(shop)
    shop.until_seen()
    return shop, operator


def _likeness(shop: Shop) -> Object:
    """Return a history without what no two objects share: ids, times and signature."""
    found = history(shop.deployment())
    assert found is not None
    text = json.dumps(
        {k: v for k, v in found.items() if k not in {"uid", "signature"}}
        | {"snapshots": [s | {"completed": ""} for s in found["snapshots"]]}
    )
    for place, snapshot in enumerate(found["snapshots"]):
        text = text.replace(snapshot["id"], f"snapshot {place}")
    return dict(json.loads(text))
