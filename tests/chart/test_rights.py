"""What the operator is allowed is what it uses: no right is missing, and none lies about."""

from builders.tour import tour
from harness.helm import Installation
from harness.shop import Shop
from rights import Right, denied, granted, used

RARE = {Right("", "namespaces", "get")}
"""A request may be seen before its namespace, by a moment: then that is read."""

STANDBY = {Right("coordination.k8s.io", "leases", "watch")}
"""Only who does not lead waits for the Lease."""

PENDING = {
    *(
        Right("admissionregistration.k8s.io", f"{kind}admission{what}", "get")
        for kind in ("mutating", "validating")
        for what in ("policies", "policybindings")
    ),
}


def test_it_uses_every_right_that_it_has_and_lacks_none(
    installation: Installation, installed_shop: Shop
) -> None:
    tour(installed_shop)

    assert denied(installation) == []
    assert used(installation) | RARE | STANDBY | PENDING == granted(installation)
