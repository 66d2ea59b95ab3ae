"""Where several reasons hold at once, the first of the specified order is given."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from harness.objects import Object
from harness.shop import Shop


def disable(shop: Shop) -> None:
    """Turn rollbacks of the Deployment off."""
    shop.patch({"metadata": {"labels": {"rollback-operator.dev/rollback": "disabled"}}})


def pause(shop: Shop) -> None:
    """Pause the Deployment."""
    shop.kubectl("rollout", "pause", "deployment/web")


def fail(shop: Shop) -> None:
    """Begin a rollout that never completes."""
    shop.roll_out_in_vain()


def execute(shop: Shop) -> None:
    """Let a request of the same name and spec have been carried out before."""
    shop.roll_back()
    shop.delete_request()


def begin_another(shop: Shop) -> None:
    """Let another rollback, to another version, be under way."""
    shop.block_pods()
    shop.request("other", to={"revision": 1})
    shop.until_phase("InProgress", "other")


def go_back(shop: Shop) -> None:
    """Let the live rollout be a return."""
    shop.undo()
    shop.until_recorded(snapshots=4)


UNKNOWN_FROM: Object = {"from_": {"images": {"app": "ngnix:3"}}}
OTHER_FROM: Object = {"from_": {"images": {"app": "nginx:1"}}}
UNKNOWN_TO: Object = {"to": {"revision": 99}}


@dataclass(frozen=True)
class Case:
    """What holds at once, in the order in which it comes about, and which reason is given."""

    expected: str
    over: str
    changes: tuple[Callable[[Shop], None], ...] = ()
    target: Object = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Which goes before which."""
        return f"{self.expected}_before_{self.over}"


CASES = [
    Case("Disabled", "AlreadyExecuted", (execute, disable)),
    Case("Disabled", "UnknownFrom", (disable,), UNKNOWN_FROM),
    Case("Disabled", "Paused", (pause, disable)),
    Case("AlreadyExecuted", "AlreadyRolledBack", (execute,)),
    Case("AlreadyExecuted", "Paused", (execute, pause)),
    Case("AlreadyExecuted", "RolloutNotCompleted", (execute, fail)),
    Case("UnknownFrom", "Paused", (pause,), UNKNOWN_FROM),
    Case("UnknownFrom", "RolloutNotCompleted", (fail,), UNKNOWN_FROM),
    Case("UnknownFrom", "RollbackInProgress", (begin_another,), UNKNOWN_FROM),
    Case("UnknownFrom", "UnknownTarget", (), UNKNOWN_FROM | UNKNOWN_TO),
    Case("NotApplicable", "Paused", (pause,), OTHER_FROM),
    Case("NotApplicable", "RolloutNotCompleted", (fail,), OTHER_FROM),
    Case("NotApplicable", "UnknownTarget", (), OTHER_FROM | UNKNOWN_TO),
    Case("NotApplicable", "AlreadyRolledBack", (go_back,), OTHER_FROM),
    Case("RollbackInProgress", "Paused", (begin_another, pause)),
    Case("RollbackInProgress", "UnknownTarget", (begin_another,), UNKNOWN_TO),
    Case("RollbackInProgress", "RolloutNotCompleted", (begin_another,)),
    Case("Paused", "RolloutNotCompleted", (fail, pause)),
    Case("Paused", "UnknownTarget", (pause,), UNKNOWN_TO),
    Case("Paused", "AlreadyRolledBack", (go_back, pause)),
    Case("RolloutNotCompleted", "UnknownTarget", (fail,), UNKNOWN_TO),
    Case("RolloutNotCompleted", "AlreadyRolledBack", (go_back, fail)),
    Case("UnknownTarget", "AlreadyRolledBack", (go_back,), UNKNOWN_TO),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_first_reason_is_given(shop: Shop, case: Case) -> None:
    shop.release("nginx:1", "nginx:2", "nginx:3")
    for change in case.changes:
        change(shop)

    # `execute` was a default request: one with other words would be another request.
    status = shop.roll_back(**case.target)

    assert status["reason"] == case.expected
