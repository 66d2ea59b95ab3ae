"""Hand requests to the task that carries each of them out."""

from typing import Any

import kopf
from pydantic import ValidationError

from rollback_operator.domain.names import GROUP, PLURAL, VERSION
from rollback_operator.domain.report import invalid
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.operations.housekeeping import Housekeeper
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.pursuits import Pursuits
from rollback_operator.settings import Settings


def watch_requests(
    registry: kopf.OperatorRegistry,
    settings: Settings,
    pursuits: Pursuits,
    housekeeper: Housekeeper,
    observer: Observer,
) -> None:
    """Register the handler."""

    @kopf.on.event(GROUP, VERSION, PLURAL, registry=registry)
    async def request_changed(event: kopf.RawEvent, **_: Any) -> None:  # noqa: ANN401 - Kopf's
        metadata = event["object"]["metadata"]
        if not settings.watches(metadata["namespace"]):
            return
        if event["type"] == "DELETED":
            pursuits.lost(metadata["namespace"], metadata["name"], metadata["uid"])
            housekeeper.lost(metadata["namespace"], metadata["uid"])
            observer.lost(metadata["uid"])
            return
        found = dict(event["object"])
        try:
            request = RollbackRequest.from_object(found)
        except ValidationError as error:
            pursuits.refuse(RollbackRequest.unreadable(found), invalid(error))
            return
        observer.saw(request)
        pursuits.saw(request)
        housekeeper.saw(request)
