"""What a watch shows is let go soon after, though it lies in a cycle of references."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from rollback_operator.handlers.tuning import spare_the_collector

SOON = 50_000
"""Objects that are made meanwhile: as many as some hundred Deployments have."""


class Shown:
    """What a watch shows, as Kopf leaves it."""

    def __init__(self) -> None:
        self.body = self


@pytest.fixture
def _spared() -> Iterator[None]:
    """Keep what the tests need out of it, as the operator keeps what it needs."""
    usual = gc.get_threshold()
    spare_the_collector()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


@pytest.mark.usefixtures("_spared")
def test_also_what_was_at_work_for_some_time_is_collected_soon() -> None:
    """It has lived through collections of the young, so only a full one finds it."""
    at_work = [Shown() for _ in range(100)]
    gc.collect(0)
    gc.collect(1)
    lives = weakref.ref(at_work[-1])
    at_work.clear()

    litter = (Shown() for _ in range(SOON))

    assert any(lives() is None for _ in litter)


@pytest.mark.usefixtures("_spared")
def test_what_lives_for_ever_is_not_looked_at() -> None:
    assert gc.get_freeze_count() > len(gc.get_objects())
