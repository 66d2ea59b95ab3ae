"""What can go wrong with an API call, by what the caller should do about it.

KubeError
├── Missing        the object is not there (404)
├── Stale          what was decided on has changed: read again, decide again (409, failed test)
├── Refused        will not work however often it is tried
│   ├── Forbidden  no right to, or an admission policy says no (403)
│   └── Invalid    the server finds the object wrong (400, 413, 422)
└── Unreachable    worth trying again (401, 429, 5xx, no connection)
"""


class KubeError(Exception):
    """An API call did not do what it was for."""


class Missing(KubeError):
    """The object is not there."""


class Stale(KubeError):
    """The object is not, or no longer, what it was when it was read."""


class Refused(KubeError):
    """The API server says no, and will say it again."""


class Forbidden(Refused):
    """The operator may not, or an admission policy says no."""


class Invalid(Refused):
    """The API server finds the object wrong."""


class Unreachable(KubeError):
    """The API server could not be asked, or asks to come back.

    `retry_after` is in seconds, where the server named them.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
