"""What the metrics say of what happens."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from builders import NOON, a_request
from fake_cluster import FakeCluster
from in_process import InProcess, carry_out
from rollback_operator.domain.health import Signs, Watched
from rollback_operator.measuring import Measuring
from rollback_operator.metrics import PREFIX, Metrics


class Measured(InProcess):
    """An operator whose metrics can be read; the clock moves when the test says so."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        super().__init__(FakeCluster(), observer=Measuring(self.metrics, lambda: self.now))

    def value(self, name: str, **labels: str) -> float | None:
        registry: CollectorRegistry = self.metrics.registry
        return registry.get_sample_value(f"{PREFIX}_{name}", labels)


@pytest.fixture
async def operator() -> Measured:
    operator = Measured()
    await operator.rolls_out("web", "A", "B")
    return operator


async def test_snapshots_are_counted_by_their_origin_with_the_size_of_the_history(
    operator: Measured,
) -> None:
    assert operator.value("snapshots_recorded_total", origin="Rollout") == 2
    assert operator.value("history_bytes_count") == 2
    assert operator.value("history_bytes_sum") > 500  # type: ignore[operator]


async def test_a_request_is_measured_from_when_it_was_seen_to_its_end(operator: Measured) -> None:
    request = operator.cluster.ask(a_request())
    operator.observer.saw(request)
    operator.now += timedelta(seconds=2)

    await carry_out(operator, request)

    assert operator.value("request_to_patch_seconds_count") == 1
    assert operator.value("request_to_patch_seconds_sum") == 2
    assert operator.value("request_to_done_seconds_sum", phase="Completed") == 2
    finished = {"phase": "Completed", "reason": "RolledBack"}
    assert operator.value("requests_finished_total", **finished) == 1


async def test_one_that_was_there_before_the_operator_counts_from_its_creation(
    operator: Measured,
) -> None:
    """Less the second that its creation may have been cut by."""
    request = operator.cluster.ask(a_request())
    operator.now = request.created + timedelta(seconds=30)
    operator.observer.saw(request)

    await carry_out(operator, request)

    assert operator.value("request_to_patch_seconds_sum") == 29


async def test_a_refused_one_has_no_patch(operator: Measured) -> None:
    request = operator.cluster.ask(a_request().to(revision=99))
    operator.observer.saw(request)

    await operator.advances()

    assert operator.value("request_to_patch_seconds_count") == 0
    assert operator.value("request_to_done_seconds_count", phase="Exception") == 1


def test_how_late_the_loop_is_and_how_old_the_watches_are() -> None:
    metrics = Metrics()
    signs = Signs(
        now=100,
        turned_at=100,
        heard_at=100,
        rejected_since=None,
        watches={Watched("jobs", "a"): 40.0, Watched("jobs", "b"): 90.0},
        is_leader=True,
        watch_limit=180,
    )

    Measuring(metrics, lambda: NOON).turned(0.25, signs)

    read = metrics.registry.get_sample_value
    assert read(f"{PREFIX}_event_loop_lag_seconds_sum") == 0.25
    assert read(f"{PREFIX}_watch_age_seconds", {"resource": "jobs"}) == 60
    assert read(f"{PREFIX}_leader") == 1
