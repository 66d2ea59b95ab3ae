"""Whatever happens, in whatever order, the operator does what the reference says.

These few are the same in every run; `make prove` goes through thousands.
"""

from hypothesis import HealthCheck, settings

from model.machine import OperatorAgainstReference

TestOperator = OperatorAgainstReference.TestCase
TestOperator.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
