"""A target whose Deployment was patched, images only."""

from builders import (
    NOON,
    a_claim,
    a_container,
    a_deployment,
    a_history,
    a_pod,
    a_request,
    a_world,
)
from rollback_operator.domain import target_report
from rollback_operator.domain.decisions import Restore
from rollback_operator.domain.judge import judge
from rollback_operator.domain.status import TargetStatus

OLD, NEW = (a_pod(a_container("web", f"nginx:{v}", args=[v])) for v in "AB")
ARTIFACTS = a_world(a_history(OLD, NEW)).asked(a_request().artifacts())


def a_plan_for_images() -> Restore:
    plan = judge(ARTIFACTS.build())
    assert isinstance(plan, Restore)
    return plan


def a_begun_target() -> TargetStatus:
    world, plan = ARTIFACTS.build(), a_plan_for_images()
    claim = a_claim(world.history.snapshots[1], world.history.snapshots[0], at=NOON)
    return target_report.begun(world, plan, a_deployment(plan.result).build(), claim)
