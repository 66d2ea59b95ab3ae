"""Keeps the signs by which the operator's health is judged: fed by the loop and by every call."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

from rollback_operator.domain.health import Signs, Watched
from rollback_operator.operations.leadership import Monotonic


class Stream(Protocol):
    """What arrives on an open watch."""

    total_bytes: int


class Vitals:
    """What the process has noticed of itself, the API server and the watches."""

    def __init__(
        self, monotonic: Monotonic, watch_limit: float, is_leader: Callable[[], bool]
    ) -> None:
        self._monotonic = monotonic
        self._watch_limit = watch_limit
        self._is_leader = is_leader
        self._turned_at = self._heard_at = monotonic()
        self._rejected_since: float | None = None
        self._watches: dict[Watched, _Ear] = {}

    def heard(self, code: int) -> None:
        """The API server has answered with that code; its own troubles do not count as one."""
        now = self._monotonic()
        if code == HTTPStatus.UNAUTHORIZED:
            self._rejected_since = self._rejected_since or now
        elif code < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._heard_at, self._rejected_since = now, None

    def opened(self, watched: Watched, stream: Stream) -> None:
        """A watch was opened, in place of the last one on the same."""
        self._watches[watched] = _Ear(stream, self._monotonic())

    def closed(self, namespace: str) -> None:
        """A namespace is gone, and all watches in it with it."""
        for watched in [w for w in self._watches if namespace and w.namespace == namespace]:
            del self._watches[watched]

    def turned(self) -> None:
        """The event loop has turned: listen to what arrived meanwhile."""
        self._turned_at = now = self._monotonic()
        for ear in self._watches.values():
            if ear.listen(now):
                self._heard_at = now

    def signs(self) -> Signs:
        """Return what is to be judged now."""
        return Signs(
            now=self._monotonic(),
            turned_at=self._turned_at,
            heard_at=self._heard_at,
            rejected_since=self._rejected_since,
            watches={watched: ear.heard_at for watched, ear in self._watches.items()},
            is_leader=self._is_leader(),
            watch_limit=self._watch_limit,
        )


class _Ear:
    """Listens to one watch."""

    def __init__(self, stream: Stream, at: float) -> None:
        self._stream = stream
        self._bytes = stream.total_bytes
        self.heard_at = at

    def listen(self, now: float) -> bool:
        """Tell whether anything has arrived since the last time."""
        if self._stream.total_bytes == self._bytes:
            return False
        self._bytes, self.heard_at = self._stream.total_bytes, now
        return True
