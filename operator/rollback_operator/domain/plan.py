"""How the chosen components of a Deployment get back to the version that was resolved."""

from rollback_operator.domain.components import (
    Component,
    altered,
    component_names,
    needed_volumes,
    revert,
)
from rollback_operator.domain.decisions import End, Goal, Restore
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.spec import Mode
from rollback_operator.domain.world import World


def plan(world: World, goal: Goal) -> Restore | End:
    """Return how the chosen components get back to the goal."""
    live, choice = world.deployment.template, world.target.components
    differing = altered(live, goal.template)
    match choice.mode:
        case Mode.ALL:
            if not differing:
                return End(Reason.ALREADY_THERE, _nothing(world, goal))
            return Restore(goal, goal.template, differing, tuple(c.name for c in differing))
        case Mode.ARTIFACTS:
            names = tuple(c.name for c in differing if c.is_artifact)
            if not names:
                return End(Reason.NO_ARTIFACT_CHANGED, _no_artifact(world, goal, differing))
            return Restore(goal, revert(live, goal.template, names), differing, names)
        case Mode.SELECTED:
            return _plan_selected(world, goal, differing, choice.names or [])


def _plan_selected(
    world: World, goal: Goal, differing: tuple[Component, ...], wanted: list[str]
) -> Restore | End:
    live = world.deployment.template
    existing = component_names(live) | component_names(goal.template)
    for name in wanted:
        if name not in existing:
            return End(Reason.UNKNOWN_COMPONENT, _unknown_component(world, name, existing))
    chosen = {c.name for c in differing if {c.name, c.name.rpartition("/")[0]} & set(wanted)}
    unaltered = tuple(name for name in wanted if not any(_covers(name, c) for c in chosen))
    if not chosen:
        names = ", ".join(wanted)
        text = f"{names} of {world.deployment} did not change; nothing to revert"
        return End(Reason.ALREADY_THERE, text)
    names_in_order = tuple(c.name for c in differing if c.name in chosen)
    result = revert(live, goal.template, names_in_order)
    if lacking := needed_volumes(result):
        return End(Reason.CANNOT_REVERT_ALONE, _cannot_alone(world, lacking))
    return Restore(goal, result, differing, names_in_order, unaltered)


def _covers(name: str, component: str) -> bool:
    return name in {component, component.rpartition("/")[0]}


def _cannot_alone(world: World, lacking: dict[str, str]) -> str:
    what = ", ".join(f"{name} mounts volume {volume}" for name, volume in lacking.items())
    return f"{what}, which {world.deployment} would not have; select `pod` too, or use `mode: All`"


def _nothing(world: World, goal: Goal) -> str:
    return (
        f"the template of {world.deployment} does not differ from that of revision {goal.revision}"
    )


def _no_artifact(world: World, goal: Goal, differing: tuple[Component, ...]) -> str:
    names = ", ".join(c.name for c in differing)
    return (
        f"{world.deployment} has the images of revision {goal.revision} already; what differs is"
        f" {names}: say `components: {{mode: All}}` or `{{mode: Selected, names: […]}}`"
    )


def _unknown_component(world: World, name: str, existing: set[str]) -> str:
    names = ", ".join(sorted(existing))
    return f"`components.names` has {name}, which {world.deployment} does not have; it has {names}"
