"""How the operator logs: lines for people, or JSON for machines."""

import logging

from pythonjsonlogger.json import JsonFormatter

from rollback_operator.settings import Settings


def configure(settings: Settings) -> None:
    """Send all logs to stderr in the format asked for; other libraries only when they warn."""
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(settings))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("rollback_operator").setLevel(settings.log_level)


def _formatter(settings: Settings) -> logging.Formatter:
    if settings.log_format == "json":
        return JsonFormatter("{asctime}{levelname}{name}{message}", style="{")
    return logging.Formatter("%(asctime)s %(levelname)-7s %(message)s")
