"""The one error of the harness: what happened, to what, and what to do next."""

from pathlib import Path

LINES_OF_LOG = 12


class HarnessError(Exception):
    """Something the person at the keyboard has to know; its text is all they are shown."""


def with_log(message: str, log: Path) -> HarnessError:
    """Return an error that ends with the log's last lines, for nobody opens a log unasked."""
    lines = last_lines(log)
    shown = "\n".join(f"    {line}" for line in lines) or "    (empty)"
    return HarnessError(f"{message}\n  The end of {log}:\n{shown}")


def last_lines(log: Path, count: int = LINES_OF_LOG) -> list[str]:
    """Return the end of a log that may not exist yet."""
    if not log.exists():
        return []
    return log.read_text(errors="replace").splitlines()[-count:]
