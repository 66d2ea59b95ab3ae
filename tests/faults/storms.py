"""Storms: one request in six goes wrong in some way, as on a control plane that is going down."""

import random

from faults.kinds import ANY, Kind, Moment, Plan

SHARE = 1 / 6
KINDS = (
    Kind.DROP,
    Kind.RESET,
    Kind.CONFLICT,
    Kind.FAILED_TEST,
    Kind.THROTTLED,
    Kind.ERROR,
    Kind.UNAVAILABLE,
)
"""What passes. A lacking right is an answer, and does not come and go."""


def a_storm(scenario: str, seed: int) -> Plan:
    """Return the plan of a storm."""
    return Plan(scenario, ANY, seed, Kind.STORM)


def fault_in(storm: Plan, signature: str, number: int) -> Plan | None:
    """Return what befalls the n-th request with a signature, the same whenever it is asked."""
    drawn = random.Random(f"{storm.number}|{signature}|{number}")  # noqa: S311 - no secret
    if drawn.random() >= SHARE:
        return None
    moments = (Moment.BEFORE,) if signature.startswith("GET") else (Moment.BEFORE, Moment.AFTER)
    kind, moment = drawn.choice(KINDS), drawn.choice(moments)
    return Plan(storm.scenario, signature, number, kind, moment)
