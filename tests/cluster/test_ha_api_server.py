"""The API server restarts, and tokens are renewed, while a rollback is under way."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import harness
from conftest import StartsOperators
from harness.embedded import EmbeddedCluster
from harness.namespace import PATIENCE
from harness.shop import Shop

ACCOUNT, FIRST = "operator", "first"


def test_a_restart_of_the_api_server_is_survived(
    alone: EmbeddedCluster, start_operator: StartsOperators
) -> None:
    shop = Shop(alone, prefix="solo")
    operator = start_operator(shop, KUBECONFIG=str(alone.kubeconfig))
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request()
    shop.until_phase("InProgress")

    alone.restart("kube-apiserver")
    shop.allow_pods()

    assert shop.until_over()["reason"] == "RolledBack"
    assert operator.is_running
    changes = [w for w in shop.stored_writes("deployments", "web") if not w.subresource]
    assert len(changes) == 1


@pytest.fixture
def token(empty_shop: Shop) -> Callable[[str], str]:
    """Make tokens that are valid for as long as the Secret is there that they are bound to."""
    empty_shop.kubectl("create", "serviceaccount", ACCOUNT)
    binding = ("clusterrolebinding", empty_shop.namespace, "--clusterrole=cluster-admin")
    empty_shop.kubectl("create", *binding, f"--serviceaccount={empty_shop.namespace}:{ACCOUNT}")

    def make(secret: str) -> str:
        empty_shop.kubectl("create", "secret", "generic", secret)
        bound = ("--bound-object-kind=Secret", f"--bound-object-name={secret}")
        return empty_shop.kubectl("create", "token", ACCOUNT, *bound).stdout

    return make


def with_token_file(cluster: harness.Cluster, path: Path) -> str:
    """Write a kubeconfig whose user shows what is in the file `token` beside it."""
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    [user] = config["users"]
    user["user"] = {"tokenFile": "token"}
    path.write_text(json.dumps(config))
    return str(path)


@pytest.fixture
def token_file(tmp_path: Path, token: Callable[[str], str]) -> Path:
    """A file with the first token."""
    path = tmp_path / "token"
    path.write_text(token(FIRST))
    return path


def test_a_token_that_is_renewed_in_time_is_used(  # noqa: PLR0917 - fixtures
    cluster: harness.Cluster,
    empty_shop: Shop,
    start_operator: StartsOperators,
    token: Callable[[str], str],
    token_file: Path,
    tmp_path: Path,
) -> None:
    """The old one is not valid any more, and the process goes on."""
    kubeconfig = with_token_file(cluster, tmp_path / "kubeconfig")
    operator = start_operator(empty_shop, KUBECONFIG=kubeconfig)
    empty_shop.release("nginx:1", "nginx:2")

    token_file.write_text(token("second"))
    empty_shop.kubectl("delete", "secret", FIRST)

    assert empty_shop.roll_back()["reason"] == "RolledBack"
    assert operator.is_running


@pytest.mark.slow
def test_a_token_that_stays_rejected_ends_it(
    cluster: harness.Cluster,
    empty_shop: Shop,
    start_operator: StartsOperators,
    token_file: Path,
    tmp_path: Path,
) -> None:
    assert token_file.exists()
    kubeconfig = with_token_file(cluster, tmp_path / "kubeconfig")
    operator = start_operator(empty_shop, KUBECONFIG=kubeconfig)
    empty_shop.release("nginx:1")

    empty_shop.kubectl("delete", "secret", FIRST)
    empty_shop.roll_out("nginx:2")

    assert operator.wait(3 * PATIENCE) == 1
    assert "rejected the operator's credentials (401)" in operator.log.read_text()
