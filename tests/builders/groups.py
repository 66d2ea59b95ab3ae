"""Groups on a real cluster: several Deployments with a good and a bad version each."""

from harness.audit import AuditEvent
from harness.objects import Object
from harness.shop import Shop


def release_all(shop: Shop, *names: str, old: str = "nginx:1", new: str = "nginx:2") -> None:
    """Release Deployments of one replica, then roll each out again, in that order."""
    for name in names:
        shop.deploy(old, name=name, replicas=1, wait=False)
    for name in names:
        shop.until_recorded(name, snapshots=1)
    for name in names:
        shop.roll_out(new, name=name)
        shop.until_recorded(name, snapshots=2)
    for name in names:
        shop.until_settled(name)


def targets(*names: str) -> list[Object]:
    """Return targets of these names."""
    return [{"name": name} for name in names]


def images(shop: Shop, *names: str) -> list[str]:
    """Return the image of each Deployment."""
    return [shop.image(name) for name in names]


def versions(shop: Shop, *names: str) -> list[str]:
    """Return the resourceVersion of each Deployment."""
    return [str(shop.deployment(name)["metadata"]["resourceVersion"]) for name in names]


def claims(shop: Shop, *names: str) -> list[AuditEvent]:
    """Return the patches that began rollbacks of these Deployments, the first one first."""
    found = (w for name in names for w in shop.stored_writes("deployments", name))
    return sorted((w for w in found if _sets_claim(w)), key=lambda w: w.at)


def _sets_claim(write: AuditEvent) -> bool:
    """Whether a write is a JSON Patch that puts a claim on its Deployment."""
    patch = write.request_object if isinstance(write.request_object, list) else []
    return any(op["op"] != "test" and op["path"].endswith("~1claim") for op in patch)


def reasons(status: Object) -> dict[str, str]:
    """Return the reason of each target."""
    return {target["name"]: target["reason"] for target in status["targets"]}


def gone(shop: Shop, claim: AuditEvent) -> float:
    """Return when the last pod that a Deployment had before its claim was deleted for good."""
    deleted = [
        w
        for w in shop.audited(resource="pods")
        if w.verb == "delete"
        and w.succeeded
        and w.name.startswith(f"{claim.name}-")
        and w.at > claim.at
    ]
    assert deleted, f"no pod of {claim.name} was deleted"
    return max(w.at.timestamp() for w in deleted)
