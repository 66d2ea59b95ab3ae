"""What is watched is never written to by Kopf itself (trap 5)."""

from typing import Any, cast

import kopf

from rollback_operator.handlers.deployments import watch_deployments
from rollback_operator.handlers.jobs import watch_jobs
from rollback_operator.handlers.namespaces import watch_namespaces
from rollback_operator.handlers.rollback_requests import watch_requests
from rollback_operator.handlers.tuning import tuned
from rollback_operator.settings import Settings

NOTHING = cast(Any, None)


def test_every_handler_only_watches() -> None:
    """`on.create`, `on.update`, timers and daemons write annotations and finalizers."""
    registry, settings = kopf.OperatorRegistry(), Settings()

    watch_deployments(registry, tuned(), settings, NOTHING, NOTHING, NOTHING)
    watch_jobs(registry, tuned(), settings, NOTHING)
    watch_namespaces(registry, NOTHING, NOTHING)
    watch_requests(registry, settings, NOTHING, NOTHING, NOTHING)

    assert len(registry._watching.get_all_handlers()) == 4  # noqa: SLF001 - Kopf shows it nowhere else
    assert not registry._changing.get_all_handlers()  # noqa: SLF001 - the same
    assert not registry._spawning.get_all_handlers()  # noqa: SLF001 - the same
