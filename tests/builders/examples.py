"""The product's own examples, applied as a user would apply them."""

import json
from pathlib import Path
from typing import Any

from harness.objects import Object
from harness.shop import Shop

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD = "nginx:stable-perl"
BAD = "nginx:stable-bullseye-perl"


def apply(shop: Shop, example: str) -> None:
    """Run `kubectl apply -f` with one of the examples."""
    shop.kubectl("apply", "-f", str(EXAMPLES / example))


def release(shop: Shop, image: str = "", *, name: str = "web", snapshots: int) -> None:
    """Run `kubectl set image`, if one is given, and wait until the rollout is recorded."""
    if image:
        shop.kubectl("set", "image", f"deployment/{name}", f"{name}={image}")
    shop.kubectl("rollout", "status", f"deployment/{name}", "--timeout=60s")
    shop.until_recorded(name, snapshots=snapshots)


def release_good_and_bad(shop: Shop) -> None:
    """Release the example, and then the version that turns out to be bad."""
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)
    release(shop, BAD, snapshots=2)


def wait(shop: Shop, request: str, phase: str = "Completed") -> Object:
    """Run `kubectl wait` for a phase; return the status."""
    shop.kubectl(
        "wait", f"rbr/{request}", f"--for=jsonpath={{.status.phase}}={phase}", "--timeout=60s"
    )
    return dict(shop.rollback_request(request)["status"])


def get(shop: Shop, what: str, path: str) -> str:
    """Run `kubectl get` and return one field."""
    return shop.kubectl("get", what, "-o", f"jsonpath={{{path}}}").stdout


def image(shop: Shop, name: str = "web") -> str:
    """Return the image that a Deployment asks for, as kubectl shows it."""
    return get(shop, f"deployment/{name}", ".spec.template.spec.containers[0].image")


def recorded(shop: Shop, name: str = "web") -> list[Any]:
    """Return the snapshots in the readable history of a Deployment."""
    text = get(shop, f"deployment/{name}", r".metadata.annotations.rollback-operator\.dev/history")
    return list(json.loads(text)["snapshots"])
