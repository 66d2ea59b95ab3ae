"""What can befall a request or a watch between the operator and the API server."""

import json
from dataclasses import dataclass
from enum import StrEnum


class Moment(StrEnum):
    """When a fault strikes: before the API server has the request, after it, or after the reply."""

    BEFORE = "before"
    AFTER = "after"
    REPLIED = "replied"


class Kind(StrEnum):
    """What happens to one request."""

    KILL = "kill"
    DROP = "drop"
    RESET = "reset"
    CONFLICT = "409"
    FAILED_TEST = "422"
    THROTTLED = "429"
    ERROR = "500"
    UNAVAILABLE = "503"
    FORBIDDEN = "403"
    UNAUTHORIZED = "401"
    DELAY = "delay"
    STORM = "storm"
    """Many requests go wrong, each in one of the other ways."""


class WatchKind(StrEnum):
    """What happens to a watch, at one of its events."""

    STALL = "stall"
    CLOSE = "close"
    CUT = "cut"
    GONE_STATUS = "410-status"
    GONE_EVENT = "410-event"
    ERROR_EVENT = "error-event"
    DUPLICATE = "duplicate"
    REPLAY = "replay"
    SKIP = "skip"


ANY = "*"
"""The signature of whatever is asked for."""

REASONS = {
    Kind.CONFLICT: "Conflict",
    Kind.FAILED_TEST: "Invalid",
    Kind.THROTTLED: "TooManyRequests",
    Kind.ERROR: "InternalError",
    Kind.UNAVAILABLE: "ServiceUnavailable",
    Kind.FORBIDDEN: "Forbidden",
    Kind.UNAUTHORIZED: "Unauthorized",
}


@dataclass(frozen=True)
class Plan:
    """One fault at the n-th request, or the n-th event of the watches, with that signature.

    The number of a storm is its seed, and its signature `ANY`.
    """

    scenario: str
    signature: str
    number: int
    kind: Kind | WatchKind
    moment: Moment = Moment.BEFORE

    @property
    def ends_the_operator(self) -> bool:
        """Whether its process is over then, and a new one goes on."""
        return self.kind in {Kind.KILL, WatchKind.ERROR_EVENT}

    @property
    def says_no_for_good(self) -> bool:
        """Whether a refusal is a true answer: a right is lacking, and nothing was stored.

        401 is a token that is just being renewed, and ends as if undisturbed; so does a 403 that
        comes after the write was stored.
        """
        return self.kind is Kind.FORBIDDEN and self.moment is Moment.BEFORE

    def __str__(self) -> str:
        """Return the text by which the plan can be run again."""
        return f"{self.scenario}|{self.signature}|{self.number}|{self.kind}|{self.moment}"

    @classmethod
    def parse(cls, text: str) -> "Plan":
        """Read what `str` gave."""
        scenario, signature, number, kind, moment = text.split("|")
        is_watch = signature.startswith("WATCH")
        found = WatchKind(kind) if is_watch else Kind(kind)
        return cls(scenario, signature, int(number), found, Moment(moment))


def status_object(code: int, reason: str) -> bytes:
    """Return what the API server answers with an error."""
    message = f"injected: {reason}"
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return json.dumps(body | {"message": message, "reason": reason, "code": code}).encode()
