"""Killed in any gap between the writes of a group, the operator goes on where it was."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from builders.groups import claims, images, reasons, release_all, targets
from conftest import StartsOperators
from harness.operator_process import OperatorProcess
from harness.shop import Shop

pytestmark = pytest.mark.slow

NAMES = ("web", "api")
"""In the order in which they are rolled back."""
WRITES = 12
"""Per target a claim, a record and two Events; three answers, and an Event of the request."""


@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_a_crash_changes_neither_order_nor_outcome(
    empty_shop: Shop, start_operator: StartsOperators, tmp_path: Path, number: int
) -> None:
    journal = tmp_path / "journal"
    first = start_operator(empty_shop)
    release_all(empty_shop, *NAMES)
    empty_shop.until_seen()
    first.kill()
    crash = {"CRASH_AT": str(number), "CRASH_MOMENT": "after", "CRASH_JOURNAL": str(journal)}
    operator = start_operator(empty_shop, "crashing_operator", **crash)
    taken_over = start_when_dead(operator, lambda: start_operator(empty_shop))

    empty_shop.request_spec({"targets": targets(*NAMES), "order": "Listed"})
    status = empty_shop.until_over()
    taken_over.join(60)

    assert not taken_over.is_alive(), journal.read_text()
    assert reasons(status) == dict.fromkeys(NAMES, "RolledBack")
    assert status["phase"] == "Completed"
    assert [w.name for w in claims(empty_shop, *NAMES)] == list(NAMES)
    assert images(empty_shop, *NAMES) == ["nginx:1"] * 2
    assert [len(empty_shop.until_recorded(n, snapshots=3)["snapshots"]) for n in NAMES] == [3, 3]


def start_when_dead(operator: OperatorProcess, start: Callable[[], object]) -> threading.Thread:
    """Start another operator as soon as the first one has died."""

    def take_over() -> None:
        operator.wait(120)
        start()

    thread = threading.Thread(target=take_over, daemon=True)
    thread.start()
    return thread
