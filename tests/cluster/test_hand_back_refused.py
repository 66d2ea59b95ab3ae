"""What may not be handed back to its owner: the old version serves, and the request says so."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from aiohttp import web

import harness
from conftest import StartsOperators
from harness.objects import Object, a_deployment
from harness.shop import Shop
from small_proxy import Answer, SmallProxy, refusal


class Policy:
    """Denies every patch of a Deployment but the first so many."""

    def __init__(self, allowed: int) -> None:
        self._left = allowed

    def __call__(self, request: web.Request) -> Answer:
        if request.method != "PATCH" or not request.path.endswith("/deployments/web"):
            return None
        self._left -= 1
        return refusal(403) if self._left < 0 else None


def two_applied_versions(shop: Shop) -> None:
    shop.apply("nginx:1")
    shop.until_recorded(snapshots=1)
    shop.apply("nginx:2")
    shop.until_recorded(snapshots=2)


def apply_next(shop: Shop, *flags: str) -> CompletedProcess[str]:
    """Apply the next version as who applied the last."""
    manifest = json.dumps(a_deployment("web", "nginx:3"))
    command = ("apply", "--server-side", "--field-manager=ci", *flags, "-f", "-")
    return shop.kubectl(*command, input=manifest, check=False)


def check_what_was_said(shop: Shop, status: Object) -> None:
    """Check that it is as the warning says."""
    [target] = status["targets"]
    assert (target["reason"], shop.image()) == ("RolledBack", "nginx:1")
    assert "could not be handed back" in target["warning"]
    assert "conflict" in target["warning"]
    assert 'conflict with "rollback-operator"' in apply_next(shop).stderr
    assert apply_next(shop, "--force-conflicts").returncode == 0


@pytest.mark.parametrize("is_killed", [False, True], ids=["at once", "after a crash"])
def test_the_request_says_that_the_next_apply_conflicts(
    cluster: harness.Cluster,
    empty_shop: Shop,
    start_operator: StartsOperators,
    tmp_path: Path,
    *,
    is_killed: bool,
) -> None:
    recorder = start_operator(empty_shop)
    two_applied_versions(empty_shop)
    recorder.stop()
    if is_killed:
        journal = str(tmp_path / "journal")
        crash = {"CRASH_AT": "2", "CRASH_MOMENT": "before", "CRASH_JOURNAL": journal}
        mortal = start_operator(empty_shop, "crashing_operator", **crash)
        empty_shop.request()
        assert mortal.wait(120) == -9
    with SmallProxy(cluster.kubeconfig).running() as proxy:
        proxy.fault = Policy(allowed=0 if is_killed else 1)
        kubeconfig = str(proxy.kubeconfig(tmp_path / "kubeconfig"))
        operator = start_operator(empty_shop, KUBECONFIG=kubeconfig)
        if not is_killed:
            empty_shop.request()

        status = empty_shop.until_over()

        operator.stop()
    check_what_was_said(empty_shop, status)
