"""Counts what the operator writes, in the API server's audit log."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.contestants import Contestant
from harness import audit

OPERATOR = "rollback-operator"
LATECOMERS = 1.0
"""Seconds after the end of a rollback in which its last Events are written."""

Writes = Counter[str]


@dataclass(frozen=True)
class Ledger:
    """Counts writes since a mark."""

    log: Path
    since: int

    @classmethod
    def open(cls, log: Path) -> "Ledger":
        """Begin to count now."""
        return cls(log, audit.mark(log))

    def count(self) -> Writes:
        """Return how often what was written, dry runs and refusals included."""
        found = audit.writes(self.log, since=self.since, user_agent_prefix=OPERATOR)
        return Counter(_what(event) for event in found)


async def of_rollouts(log: Path, ours: Contestant, deployment: str) -> Writes:
    """Return the writes for two successful rollouts of a new Deployment."""
    ledger = Ledger.open(log)
    await ours.fleet.release([deployment])
    await asyncio.sleep(LATECOMERS)
    return ledger.count()


async def of_rollback(log: Path, ours: Contestant, deployment: str) -> Writes:
    """Return the writes for one rollback, from the request to its last Event."""
    ledger = Ledger.open(log)
    await ours.begin(deployment)
    await ours.settle(deployment)
    await asyncio.sleep(LATECOMERS)
    return ledger.count()


async def while_idle(log: Path, seconds: float) -> Writes:
    """Return the writes while nothing happens.

    What came before may be seen done a moment before the audit log has it.
    """
    await asyncio.sleep(LATECOMERS)
    ledger = Ledger.open(log)
    await asyncio.sleep(seconds)
    return ledger.count()


def _what(event: audit.AuditEvent) -> str:
    resource = "/".join(filter(None, [event.resource, event.subresource]))
    code = "" if event.succeeded else f" ({event.code})"
    return f"{event.verb} {resource}{code}"
