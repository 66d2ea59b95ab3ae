"""A step as it is recorded with a rollout."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class When(StrEnum):
    """Whether a step runs before the Deployment is patched, or after the old version serves."""

    BEFORE = "before"
    AFTER = "after"


class StepState(StrEnum):
    """How far the Job of a step has come."""

    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True)
class Step:
    """The Job template of a step, or what was wrong with it when the rollout was recorded."""

    when: When
    name: str
    job: Mapping[str, Any] | None
    problem: str | None
