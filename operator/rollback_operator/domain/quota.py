"""Is there room for the rollout in the namespace's ResourceQuotas?

The Deployment's own patch cannot tell: quota is charged when pods are made, by and by.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self, TypeAlias

from rollback_operator.domain.preview_status import QuotaPreview
from rollback_operator.domain.quantity import format_quantity, parse_quantity
from rollback_operator.domain.template import JsonObject, Template

Container: TypeAlias = Mapping[str, Any]

PODS: Final = frozenset({"pods", "count/pods"})
COMPUTE: Final = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}
"""What a quota calls it, and where the pod spec says it."""


@dataclass(frozen=True)
class Strategy:
    """How a Deployment replaces its pods, in numbers of pods."""

    replicas: int
    surge: int
    unavailable: int
    recreate: bool = False

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> Self:
        """Read the spec of a Deployment; percentages are rounded as the controller does it."""
        replicas, strategy = spec.get("replicas", 1), spec.get("strategy") or {}
        rolling = strategy.get("rollingUpdate") or {}
        surge = _pods(rolling.get("maxSurge", "25%"), replicas, round_up=True)
        unavailable = _pods(rolling.get("maxUnavailable", "25%"), replicas, round_up=False)
        recreate = strategy.get("type") == "Recreate"
        return cls(replicas, surge, unavailable if surge else max(unavailable, 1), recreate)

    def least(self, old: Decimal, new: Decimal) -> Decimal:
        """Return what the Deployment must be allowed at once, for the rollout to reach its end.

        There must always be room for one new pod more, when no more old pods are left than have
        to be available. With more room it only goes faster. `old` and `new` are what one pod uses.
        """
        if self.recreate or not self.replicas:
            return self.replicas * new
        kept = max(self.replicas - self.unavailable, 0)
        stages = {0, min(kept, self.replicas - 1), self.replicas - 1}
        return max((n + 1) * new + max(kept - n, 0) * old for n in stages)


@dataclass(frozen=True)
class Change:
    """The rollout as quotas see it; `pods` are there now, of the live template."""

    live: Template
    result: Template
    strategy: Strategy
    pods: int


@dataclass(frozen=True)
class Room:
    """What was computed, and what could not be, with the reason."""

    lines: tuple[QuotaPreview, ...]
    unchecked: tuple[str, ...]


def room_for(change: Change, quotas: Iterable[JsonObject]) -> Room:
    """Compute every limit on pods, cpu and memory."""
    lines, unchecked = list[QuotaPreview](), list[str]()
    for quota in quotas:
        name, spec = f"ResourceQuota {quota['metadata']['name']}", quota.get("spec") or {}
        hard = (quota.get("status") or {}).get("hard") or {}
        limits = [r for r in spec.get("hard") or {} if r in PODS or r in COMPUTE]
        if limits and (spec.get("scopes") or spec.get("scopeSelector")):
            unchecked.append(f"{name}: it has scopes")
            continue
        for resource in limits:
            uses = [_use(template, resource) for template in (change.live, change.result)]
            if resource not in hard:
                unchecked.append(f"{name}: {resource} is not enforced yet")
            elif None in uses:
                unchecked.append(f"{name}: not every container says its {resource}")
            else:
                old, new = (use or Decimal(0) for use in uses)
                lines.append(_line(quota, resource, change, old, new))
    return Room(tuple(lines), tuple(unchecked))


def _line(
    quota: JsonObject, resource: str, change: Change, old: Decimal, new: Decimal
) -> QuotaPreview:
    status = quota["status"]
    hard, used = (status.get(k, {}).get(resource, "0") for k in ("hard", "used"))
    others = max(parse_quantity(used) - change.pods * old, Decimal(0))
    needed = others + change.strategy.least(old, new)
    return QuotaPreview(
        name=quota["metadata"]["name"],
        resource=resource,
        hard=hard,
        used=used,
        needed=format_quantity(needed),
        fits=needed <= parse_quantity(hard),
    )


def _use(template: Template, resource: str) -> Decimal | None:
    """Return what one pod uses; None if that is not said, so that a LimitRange may say it."""
    if resource in PODS:
        return Decimal(1)
    part, name = COMPUTE[resource]
    overhead = parse_quantity((template.spec.get("overhead") or {}).get(name, "0"))
    whole = _said(template.spec, part, name)
    if whole is not None:
        return whole + overhead
    uses = [_said(container, part, name) for _, container in template.containers()]
    if None in uses:
        return None
    return _at_once(template, lambda c: _said(c, part, name) or Decimal(0)) + overhead


def _said(container: Container, part: str, name: str) -> Decimal | None:
    """Return what is said of one resource; a request that is not said is the limit."""
    resources = container.get("resources") or {}
    for said in ((resources.get(p) or {}).get(name) for p in dict.fromkeys((part, "limits"))):
        if said is not None:
            return parse_quantity(str(said))
    return None


def _at_once(template: Template, use: Callable[[Container], Decimal]) -> Decimal:
    """Return the most that a pod's containers use at once: init containers run one by one."""
    sidecars = peak = Decimal(0)
    for container in template.spec.get("initContainers") or ():
        peak = max(peak, sidecars + use(container))
        if container.get("restartPolicy") == "Always":
            sidecars += use(container)
    containers: Sequence[Container] = template.spec.get("containers") or ()
    return max(peak, sidecars + sum(map(use, containers)))


def _pods(value: int | str, replicas: int, *, round_up: bool) -> int:
    if isinstance(value, int):
        return value
    hundredths = int(value.removesuffix("%")) * replicas
    return -(-hundredths // 100) if round_up else hundredths // 100
