"""A rollback that has begun with its `before` steps, and has claimed nothing yet.

Its Jobs show it to others, and keep them out: whoever else may be about to make the next one gives
it the same name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from rollback_operator.domain.step_marks import COMPONENTS, REQUEST, REQUEST_NAME, TARGET_LABEL
from rollback_operator.domain.times import parse_time


@dataclass(frozen=True)
class Preparation:
    """Which request runs the steps, and what for. `at` is when its Job was made."""

    request: str
    request_uid: str
    target: str
    components: frozenset[str]
    at: datetime

    @classmethod
    def of_job(cls, job: Mapping[str, Any]) -> Self:
        """Read the marks on a Job that we made."""
        metadata = job["metadata"]
        marks = metadata["annotations"]
        return cls(
            request=marks[REQUEST_NAME],
            request_uid=marks[REQUEST],
            target=metadata["labels"][TARGET_LABEL],
            components=frozenset(marks[COMPONENTS].split(",")),
            at=parse_time(metadata["creationTimestamp"]),
        )
