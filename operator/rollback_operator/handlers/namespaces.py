"""Keep the marks of namespaces, which may turn rollbacks on or off."""

from typing import Any

import kopf

from rollback_operator.domain.flags import marks_of_namespace
from rollback_operator.operations.namespaces import Namespaces
from rollback_operator.operations.vitals import Vitals


def watch_namespaces(
    registry: kopf.OperatorRegistry, namespaces: Namespaces, vitals: Vitals
) -> None:
    """Register the handler."""

    @kopf.on.event("", "v1", "namespaces", registry=registry)
    async def namespace_changed(event: kopf.RawEvent, **_: Any) -> None:  # noqa: ANN401 - Kopf's
        metadata = event["object"]["metadata"]
        if event["type"] == "DELETED":
            namespaces.lost(metadata["name"])
            vitals.closed(metadata["name"])
        else:
            namespaces.saw(metadata["name"], marks_of_namespace(metadata))
