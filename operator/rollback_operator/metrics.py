"""The metrics, each defined once and here: `docs/metrics.md` is generated from the definitions."""

from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

PREFIX: Final = "rollback_operator"

TO_PATCH: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
TO_DONE: Final = (1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
CALLS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 30)
LAGS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
SIZES: Final = (512, 1024, 2048, 4096, 8192, 16384, 24576, 32768)


@dataclass(frozen=True)
class Definition:
    """What people are told of a metric."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


class Metrics:
    """The metrics of one process, in a registry of their own, with those of the process itself."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.definitions: list[Definition] = []
        ProcessCollector(registry=self.registry)
        self.requests_finished = self._counter(
            "requests_finished_total",
            "Requests that ended, by the phase and reason in their status.",
            "phase",
            "reason",
        )
        self.requests_open = self._gauge(
            "requests_open", "Requests that this replica has in its queue or carries out."
        )
        self.request_to_patch = self._histogram(
            "request_to_patch_seconds",
            "From a request's creation until its first Deployment was patched. A request that is"
            " seen at once counts from when it was seen: its creation is known in whole seconds.",
            TO_PATCH,
        )
        self.request_to_done = self._histogram(
            "request_to_done_seconds",
            "From a request's creation until its end, by the phase that it ended in.",
            TO_DONE,
            "phase",
        )
        self.snapshots_recorded = self._counter(
            "snapshots_recorded_total",
            "Histories that were written, by the origin of their newest snapshot.",
            "origin",
        )
        self.history_size = self._histogram(
            "history_bytes",
            "Size of the histories that were written; beyond 32 kB the oldest snapshots go.",
            SIZES,
        )
        self.api_requests = self._counter(
            "api_requests_total",
            "Calls of the API server by the code of its answer; `none` where none came.",
            "verb",
            "resource",
            "code",
        )
        self.api_latency = self._histogram(
            "api_request_duration_seconds",
            "How long the API server took to answer; of a watch, until it was open.",
            CALLS,
            "verb",
            "resource",
        )
        self.loop_lag = self._histogram(
            "event_loop_lag_seconds", "How late the event loop was, looked at every second.", LAGS
        )
        self.watch_age = self._gauge(
            "watch_age_seconds",
            "Since when nothing was heard of a watch; an idle one is heard of every minute or so.",
            "resource",
        )
        self.leader = self._gauge(
            "leader", "1 where this replica leads, or is the only one; 0 where it stands by."
        )
        self.lease_transitions = self._gauge(
            "lease_transitions", "How often the Lease has changed hands, by its own account."
        )
        self.admission_present = self._gauge(
            "admission_present",
            "1 where all policies that guard requests are in force; known where it leads.",
        )
        self.build_info = self._gauge(
            "build_info", "Always 1; the label is the version of the operator.", "version"
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        self.definitions.append(Definition(f"{PREFIX}_{name}", "counter", labels, meaning))
        return Counter(name, meaning, labels, namespace=PREFIX, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        self.definitions.append(Definition(f"{PREFIX}_{name}", "gauge", labels, meaning))
        return Gauge(name, meaning, labels, namespace=PREFIX, registry=self.registry)

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        self.definitions.append(Definition(f"{PREFIX}_{name}", "histogram", labels, meaning))
        return Histogram(
            name, meaning, labels, namespace=PREFIX, registry=self.registry, buckets=buckets
        )
