"""How the operator logs: lines for people, or JSON for machines."""

import logging
from typing import Final

from pythonjsonlogger.json import JsonFormatter

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
    return logging.Formatter("%(asctime)s %(levelname)-7s %(message)s")


def _add_subject(record: logging.LogRecord) -> bool:
    """Give the line the fields `request` and `target` of the work that it comes from."""
    for field, value in subject.current().items():
        setattr(record, field, value)
    return True
