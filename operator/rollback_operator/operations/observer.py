"""Who is told what the operator does, for the metrics; nothing that is decided rests on it."""

from rollback_operator.domain.health import Signs
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.status import Status


class Observer:
    """Takes no notes; who wants some overrides what they are about."""

    def saw(self, request: RollbackRequest) -> None:
        """The watch has shown a request."""

    def lost(self, request_uid: str) -> None:
        """A request was deleted."""

    def patched(self, request: RollbackRequest) -> None:
        """A Deployment was patched for a request."""

    def wrote(self, request: RollbackRequest, status: Status) -> None:
        """The status of a request was written."""

    def recorded(self, snapshot: Snapshot, size: int) -> None:
        """A history was written, with that snapshot on top, of that many bytes."""

    def called(self, verb: str, resource: str, code: str, seconds: float) -> None:
        """The API was called."""

    def turned(self, lag: float, signs: Signs) -> None:
        """The event loop has turned, that many seconds late."""
