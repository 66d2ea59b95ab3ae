"""How a command ends, for scripts."""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """The exit codes; they do not change between versions."""

    DONE = 0
    UNEXPECTED = 1
    REFUSED = 2
    FAILED = 3
    UNFINISHED = 4
    INTERRUPTED = 130


MEANING: Final = {
    ExitCode.DONE: "Done, or nothing was left to do: the request is `Completed`.",
    ExitCode.UNEXPECTED: "Wrong usage, no cluster, no such object, or you answered no.",
    ExitCode.REFUSED: "Refused by the operator or the API server. Every Deployment is as it was.",
    ExitCode.FAILED: "Failed after something was begun: look at the Deployment.",
    ExitCode.UNFINISHED: "Not over yet: `--timeout` passed, or no operator answers.",
    ExitCode.INTERRUPTED: "Interrupted. A request that was made goes on without you.",
}
"""What the documents say of each."""
