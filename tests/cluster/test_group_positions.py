"""Groups of two to ten with a failure in each position: strict order, by the audit log."""

from itertools import pairwise

import pytest

from builders.groups import claims, gone, images, reasons, targets
from builders.steps import BEFORE, declare
from harness.shop import Shop

pytestmark = pytest.mark.slow

NEW, OLD = "nginx:2", "nginx:1"


def names_of(size: int, failing: int) -> list[str]:
    """Return the members of one group, in the order in which they are rolled back."""
    return [f"at{failing}-part{number}" for number in range(size)]


def release(shop: Shop, size: int) -> None:
    """Release a group for each position, of which one member has a `before` step that fails."""
    declare(shop, "drain", "tools:job-fails")
    groups = [names_of(size, failing) for failing in range(size)]
    everybody = [name for group in groups for name in group]
    for name in everybody:
        shop.deploy(OLD, name=name, replicas=1, wait=False)
    for name in everybody:
        shop.until_recorded(name, snapshots=1)
    for failing, group in enumerate(groups):
        for number, name in enumerate(group):
            steps = {BEFORE: "drain"} if number == failing else {}
            pod = {"containers": [{"name": "app", "image": NEW}]}
            template = {"metadata": {"annotations": steps}, "spec": pod}
            shop.patch({"spec": {"template": template}}, name)
    for name in everybody:
        shop.until_recorded(name, snapshots=2)


@pytest.mark.parametrize("size", range(2, 11))
def test_nothing_begins_before_its_turn_and_nothing_after_a_failure(shop: Shop, size: int) -> None:
    release(shop, size)

    for failing in range(size):
        spec = {"targets": targets(*names_of(size, failing)), "order": "Listed"}
        shop.request_spec(spec, f"at{failing}")

    for failing in range(size):
        group = names_of(size, failing)
        done, left = group[:failing], group[failing + 1 :]
        told = reasons(shop.until_over(f"at{failing}"))
        assert told == {
            **dict.fromkeys(done, "RolledBack"),
            group[failing]: "BeforeFailed",
            **dict.fromkeys(left, "OtherTargetFailed"),
        }
        assert images(shop, *group) == [OLD] * failing + [NEW] * (size - failing)
        began = claims(shop, *group)
        assert [claim.name for claim in began] == done
        for earlier, later in pairwise(began):
            assert gone(shop, earlier) <= later.at.timestamp()
