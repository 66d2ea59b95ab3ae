"""A history that was put back by hand, with no later copy left, is never taken for the truth."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from conftest import StartsOperators
from harness.objects import annotations, history, recorded_images
from harness.operator_process import OperatorProcess
from harness.shop import Shop

Absence = Callable[[OperatorProcess], AbstractContextManager[None]]


@contextmanager
def killed(operator: OperatorProcess) -> Iterator[None]:
    """Down: it remembers nothing afterwards."""
    operator.kill()
    yield
    operator.start()


@contextmanager
def frozen(operator: OperatorProcess) -> Iterator[None]:
    """Cut off for a while: it remembers what it saw."""
    os.kill(operator.pid, signal.SIGSTOP)
    yield
    os.kill(operator.pid, signal.SIGCONT)


ABSENCES = pytest.mark.parametrize("absent", [killed, frozen])


@ABSENCES
def test_what_was_recorded_since_is_a_gap(
    absent: Absence, empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop, operator = empty_shop, start_operator(empty_shop)
    (first, *_) = _histories_of(shop, "nginx:1", "nginx:2", "nginx:3")

    with absent(operator):
        shop.rewind(first)
    shop.until_seen()

    found = history(shop.deployment())
    assert found is not None
    assert recorded_images(found) == ["nginx:1", "nginx:3"]
    assert found["snapshots"][-1]["gap"] is True
    assert shop.roll_back()["reason"] == "HistoryGap"
    assert shop.image() == "nginx:3"


def test_a_forgotten_return_is_not_rolled_back_by_default(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """nginx:2 is live because nginx:3 was undone: only the part that is gone says so."""
    shop, operator = empty_shop, start_operator(empty_shop)
    (_, second, _) = _histories_of(shop, "nginx:1", "nginx:2", "nginx:3")
    shop.undo()
    shop.until_recorded(snapshots=4)

    with frozen(operator):
        shop.rewind(second)
    shop.until_seen()

    assert shop.roll_back()["reason"] in {"HistoryGap", "AlreadyRolledBack"}
    assert shop.image() == "nginx:2"


@ABSENCES
def test_without_any_history_nothing_is_offered(
    absent: Absence, empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop, operator = empty_shop, start_operator(empty_shop)
    _histories_of(shop, "nginx:1", "nginx:2")

    with absent(operator):
        shop.rewind({})
    shop.until_seen()

    found = history(shop.deployment())
    assert found is not None
    assert [(s["images"]["app"], s["origin"]) for s in found["snapshots"]] == [
        ("nginx:2", "Adopted")
    ]
    assert shop.roll_back()["reason"] == "NoEarlierSnapshot"


def _histories_of(shop: Shop, *images: str) -> list[dict[str, str]]:
    """Roll the images out one after another; return the annotations after each."""
    shop.until_seen()
    shop.deploy(images[0])
    shop.until_recorded()
    seen = [annotations(shop.deployment())]
    for image in images[1:]:
        shop.roll_out(image)
        shop.until_recorded()
        seen.append(annotations(shop.deployment()))
    shop.until_copied()
    shop.until_seen()
    return seen
