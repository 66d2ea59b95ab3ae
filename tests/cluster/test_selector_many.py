"""A hundred Deployments in one request."""

import pytest

from builders.groups import reasons
from builders.times import completed, until_after
from harness.objects import a_deployment
from harness.shop import Shop

pytestmark = pytest.mark.slow

COUNT = 100
LABELS = {"part-of": "checkout"}


def test_a_hundred_deployments_go_back_in_one_request(shop: Shop) -> None:
    names = [f"part-{number}" for number in range(COUNT)]
    for name in names:
        body = a_deployment(name, "nginx:1", replicas=1, labels=LABELS)
        shop.apps.create_namespaced_deployment(shop.namespace, body)
    for name in names:
        shop.until_recorded(name, snapshots=1)
    latest = max(names, key=lambda name: completed(shop, name))
    then = until_after(shop, latest)
    for name in names:
        shop.roll_out("nginx:2", name=name, wait=False)
    for name in names:
        shop.until_recorded(name, snapshots=2)

    shop.request_spec({"selector": {"matchLabels": LABELS}, "asOf": then})
    shop.kubectl("wait", "rbr/back", "--for=condition=Ready", "--timeout=240s")
    status = shop.rollback_request()["status"]

    assert status["phase"] == "Completed"
    assert reasons(status) == dict.fromkeys(names, "RolledBack")
    assert {shop.image(name) for name in names} == {"nginx:1"}
