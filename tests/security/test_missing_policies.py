"""Without the chart's policies nobody checks who asks: it is refused, or at least said."""

import pytest

from conftest import StartsOperators
from harness.attacker import ASK, Attacker
from harness.shop import Shop

POLICIES = ("requester", "targets", "status", "steps")


@pytest.fixture
def two(empty_shop: Shop) -> Shop:
    """A namespace in which nothing was rolled out yet, on a cluster without the policies."""
    empty_shop.deploy("nginx:1", replicas=1, wait=False)
    return empty_shop


@pytest.fixture
def stranger(two: Shop) -> Attacker:
    """Somebody who may make requests and has no right to any Deployment."""
    return Attacker(two, "stranger", ASK)


def release(shop: Shop) -> None:
    """Roll a second version out, once the first is on record."""
    shop.until_recorded(snapshots=1)
    shop.roll_out("nginx:2")
    shop.until_recorded(snapshots=2)
    shop.until_settled()


def test_a_request_is_refused_where_a_policy_is_missing(
    two: Shop, start_operator: StartsOperators, stranger: Attacker
) -> None:
    operator = start_operator(two, ROLLBACK_REQUIRE_ADMISSION="true", ROLLBACK_ADMISSION_NAME="no")
    release(two)
    before = two.deployment()["metadata"]["resourceVersion"]

    stranger.request({"targets": [{"name": "web"}]})
    status = two.until_over()

    assert (status["phase"], status["reason"]) == ("Exception", "AdmissionMissing")
    assert all(f"no-{name} is missing" in status["message"] for name in POLICIES)
    assert two.deployment()["metadata"]["resourceVersion"] == before
    assert operator.log.read_text().count("requests are refused: ") == 1


def test_a_bare_operator_says_what_is_missing(
    two: Shop, start_operator: StartsOperators, stranger: Attacker
) -> None:
    """It believes no stamp either: anyone could have written it."""
    operator = start_operator(two, ROLLBACK_ADMISSION_NAME="no")
    release(two)

    forged = {"annotations": {"rollback-operator.dev/requester": "admin"}}
    stranger.request({"targets": [{"name": "web"}]}, metadata=forged)
    status = two.until_over()

    assert (status["reason"], status["requester"]) == ("RolledBack", "unknown")
    assert status["admissionMissing"] == [
        f"ValidatingAdmissionPolicy no-{name} is missing" for name in POLICIES
    ]
    assert operator.log.read_text().count("nobody checks who asks for a rollback: ") == 1
