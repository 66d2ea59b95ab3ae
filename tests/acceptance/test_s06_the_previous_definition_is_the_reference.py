"""S6: if the configuration changed in between, the previous execution's definition is restored."""

import json

from builders.examples import BAD, GOOD, apply, get, release, wait
from harness.shop import Shop


def test_the_recorded_template_is_restored_not_todays_with_an_old_image(shop: Shop) -> None:
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)
    recorded = json.loads(get(shop, "deployment/web", ".spec.template"))
    change = {
        "metadata": {"labels": {"tier": "new"}, "annotations": {"note": "new"}},
        "spec": {
            "terminationGracePeriodSeconds": 5,
            "initContainers": [{"name": "prepare", "image": "tools:1"}],
            "containers": [
                {
                    "name": "web",
                    "image": BAD,
                    "env": [
                        {"name": "GREETING", "value": "goodbye"},
                        {"name": "NEW", "value": "1"},
                    ],
                },
                {"name": "sidecar", "image": "sidecar:1"},
            ],
        },
    }
    patch = json.dumps({"spec": {"template": change}})
    shop.kubectl("patch", "deployment", "web", "--type=strategic", "-p", patch)
    release(shop, snapshots=2)

    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")

    restored = json.loads(get(shop, "deployment/web", ".spec.template"))
    assert restored == recorded
    assert restored["spec"]["containers"][0]["image"] == GOOD


def test_what_was_changed_outside_the_template_stays(shop: Shop) -> None:
    """Scale, labels and strategy belong to those who run it, not to the release."""
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)
    release(shop, BAD, snapshots=2)
    shop.kubectl("scale", "deployment/web", "--replicas=3")
    shop.kubectl("label", "deployment/web", "team=blue")
    shop.kubectl("rollout", "status", "deployment/web", "--timeout=60s")

    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")

    assert get(shop, "deployment/web", ".spec.replicas") == "3"
    assert get(shop, "deployment/web", ".metadata.labels.team") == "blue"
