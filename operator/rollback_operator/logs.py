"""How the operator logs: lines for people, or JSON for machines."""

import logging
from typing import Any, Final

from pythonjsonlogger.json import JsonFormatter

from rollback_operator.domain.legible import legible
from rollback_operator.operations import subject
from rollback_operator.settings import Settings

NAMES: Final = {"asctime": "time", "levelname": "level", "name": "logger"}
"""What the fields of a line are called, instead of Python's own names."""


def configure(settings: Settings) -> None:
    """Send all logs to stderr in the format asked for; other libraries only when they warn."""
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(settings))
    handler.addFilter(_add_subject)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("rollback_operator").setLevel(settings.log_level)


def _formatter(settings: Settings) -> logging.Formatter:
    if settings.log_format == "json":
        text = "{asctime}{levelname}{name}{message}"
        return JsonFormatter(text, style="{", rename_fields=NAMES, datefmt="%Y-%m-%dT%H:%M:%S%z")
    return OneLine("%(asctime)s %(levelname)-7s %(message)s")


def _add_subject(record: logging.LogRecord) -> bool:
    """Give the line the fields `request` and `target` of the work that it comes from."""
    for field, value in subject.current().items():
        setattr(record, field, value)
    return True


class OneLine(logging.Formatter):
    """Writes a message as one line that acts on no terminal, whatever others put into it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's
        """Return the line."""
        return legible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - logging's
        """Return the traceback, whose last line is a message of others, too."""
        return "\n".join(legible(line) for line in super().formatException(ei).split("\n"))
