"""The audit log is read while the API server writes to it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from harness import audit


def line(audit_id: str) -> bytes:
    """Return the entry of a write."""
    entry = {
        "auditID": audit_id,
        "stage": "ResponseComplete",
        "verb": "patch",
        "requestURI": "/",
        "requestReceivedTimestamp": "2030-01-01T12:00:00.000000Z",
        "user": {},
        "objectRef": {"resource": "deployments"},
    }
    return json.dumps(entry).encode() + b"\n"


class Growing(io.BytesIO):
    """A log that ended in the middle of a line when it was read, and has grown since."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield what each read finds: never a whole second line."""
        second = line("second")
        return iter([line("first"), second[:20], second[20:], line("third")])

    def open(self, _mode: str) -> io.BytesIO:
        """Open it, as a path is opened."""
        return self


def test_the_reading_ends_at_half_a_line() -> None:
    """What would come behind it is the other half: the line would be lost, and not missed."""
    read = audit.events(cast("Path", Growing()))

    assert [event.audit_id for event in read] == ["first"]
