"""Who waits for which object: a task sleeps until one of its objects changes, or its deadline."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

ANY = "*"
"""In place of a name: any object of the kind in the namespace."""


class Key(NamedTuple):
    """An object to wait for."""

    kind: str
    namespace: str
    name: str


class Wakeups:
    """Wakes the tasks that wait for an object; a change that comes while a task works counts."""

    def __init__(self) -> None:
        self._waiting: dict[Key, set[asyncio.Event]] = defaultdict(set)

    def awaits(self, key: Key) -> bool:
        """Whether any task waits for that object."""
        return key in self._waiting

    def wake(self, key: Key) -> None:
        """Wake all that wait for that object, or for any of its kind in the namespace."""
        for each in (key, key._replace(name=ANY)):
            for event in self._waiting.get(each, ()):
                event.set()

    @contextmanager
    def watching(self, keys: Iterable[Key]) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever one of the objects changes."""
        event, watched = asyncio.Event(), tuple(keys)
        for key in watched:
            self._waiting[key].add(event)
        try:
            yield event
        finally:
            for key in watched:
                self._waiting[key].discard(event)
                if not self._waiting[key]:
                    del self._waiting[key]
