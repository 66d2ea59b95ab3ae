"""`kubectl rollback` on a real cluster with the real operator."""

import base64
import json
import re
from pathlib import Path

import yaml

from builders.groups import images, release_all
from harness import audit
from harness.shop import Shop
from plugin_on_cluster import kubectl, rollback

MAY = {
    ("get", "deployments"),
    ("list", "deployments"),
    ("get", "rollbackrequests"),
    ("list", "rollbackrequests"),
    ("watch", "rollbackrequests"),
    ("create", "rollbackrequests"),
}


def test_a_bad_release_is_shown_and_rolled_back(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    history = rollback(shop, "history", "web")
    preview = rollback(shop, "preview", "web")
    back = rollback(shop, "web", "--yes", "--reason", "5xx", "--name", "back")
    again = rollback(shop, "web")

    assert re.search(r"(?m)^\* +2 .*nginx:2", history.stdout)
    assert re.search(r"(?m)^← +1 .*nginx:1", history.stdout)
    assert "app/image: nginx:2 → nginx:1" in preview.stdout
    assert "web: RolledBack" in back.stderr
    assert [run.returncode for run in (history, preview, back, again)] == [0, 0, 0, 2]
    assert "AlreadyRolledBack" in again.stdout
    assert shop.image() == "nginx:1"
    assert shop.rollback_request()["spec"]["reason"] == "5xx"

    status = rollback(shop, "status", "back")
    log = rollback(shop, "log", "back")
    activity = rollback(shop, "list", "web")

    assert status.returncode == 0
    assert "app/image: nginx:2 → nginx:1 [Reverted]" in status.stdout
    assert [line.split()[2] for line in log.stdout.splitlines()] == ["RollingBack:", "RolledBack:"]
    [row] = activity.stdout.splitlines()[1:]
    assert row.split()[:3] == ["back", "Completed", "web"]


def test_it_reads_and_creates_requests_and_does_nothing_else(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    for words in (["history", "web"], ["diff", "web"], ["web", "--yes"], ["list"]):
        assert rollback(shop, *words).returncode == 0
    kubectl(shop, "__complete", "rollback", "-n", shop.namespace, "")

    log = shop.cluster.audit_log
    assert log is not None
    shop.until_seen()
    calls = audit.events(log, mentioning="kubectl-rollback/")
    done = {(call.verb, call.resource) for call in calls if call.namespace == shop.namespace}

    assert done <= MAY
    assert ("create", "rollbackrequests") in done


def test_what_is_confirmed_is_what_is_done(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    run = rollback(shop, "web", "--name", "back", stdin="y\n")

    assert (run.returncode, shop.image()) == (0, "nginx:1")
    [target] = shop.rollback_request()["spec"]["targets"]
    left, goal = (target[side]["snapshot"] for side in ("from", "to"))
    recorded = shop.until_recorded()["snapshots"]
    assert [snapshot["id"] for snapshot in recorded[:2]] == [goal, left]


def test_no_is_no(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    run = rollback(shop, "web", stdin="n\n")

    assert (run.returncode, shop.image()) == (1, "nginx:2")


def test_several_go_back_in_one_request(shop: Shop) -> None:
    release_all(shop, "backend", "frontend")

    run = rollback(shop, "backend", "frontend", "--yes", "-o", "json")

    assert run.returncode == 0, run.stderr
    assert [target["name"] for target in json.loads(run.stdout)["status"]["targets"]] == [
        "frontend",
        "backend",
    ]
    assert images(shop, "backend", "frontend") == ["nginx:1", "nginx:1"]


def test_an_unfinished_rollout_is_refused_and_can_be_left(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_out("nginx:never-ready", wait=False)

    refused = rollback(shop, "web", "--yes")
    left = rollback(shop, "web", "--yes", "--unfinished", "abandon")

    assert (refused.returncode, left.returncode) == (2, 0)
    assert "--unfinished abandon" in refused.stdout
    assert shop.image() == "nginx:2"


def test_what_does_not_come_up_has_failed(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()

    run = rollback(shop, "web", "--yes", "--target-timeout", "1s")

    assert run.returncode == 3, run.stderr
    assert "DeadlineExceeded" in run.stdout


def test_whoever_may_not_is_refused_by_the_api_server(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    run = rollback(shop, "web", "--yes", "--as", "nobody")

    assert (run.returncode, shop.image()) == (2, "nginx:2")
    assert 'User "nobody" cannot create resource "rollbackrequests"' in run.stderr


def test_without_an_operator_it_says_so(empty_shop: Shop) -> None:
    run = rollback(empty_shop, "preview", "web", "--timeout", "1s")

    assert run.returncode == 4
    assert "No operator has looked at" in run.stderr


def test_the_printed_request_is_what_kubectl_applies(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")

    printed = rollback(shop, "web", "--from-live", "--name", "from-git", "--dry-run", "client")
    shop.kubectl("apply", "--validate=strict", "-f", "-", input=printed.stdout)

    assert shop.until_over("from-git")["reason"] == "RolledBack"


def test_the_api_servers_message_is_the_users(shop: Shop) -> None:
    run = rollback(shop, "web", "--component", "web image", "--dry-run", "server")

    assert run.returncode == 2
    assert "give a component: <container>/image" in run.stderr


def test_kubectl_completes_deployments(shop: Shop) -> None:
    shop.deploy(replicas=0)

    asked = kubectl(shop, "__complete", "rollback", "history", "-n", shop.namespace, "w")

    assert asked.stdout.splitlines() == ["web", ":4"]


def test_a_credential_plugin_logs_in(shop: Shop, tmp_path: Path) -> None:
    """What a cloud's kubeconfig has: a program that is asked for the credentials."""
    shop.deploy(replicas=0)
    config = yaml.safe_load(shop.cluster.kubeconfig.read_text())
    [entry] = config["users"]
    answer = tmp_path / "answer.json"
    answer.write_text(credentials(entry["user"]))
    entry["user"] = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "cat",
            "args": [str(answer)],
            "interactiveMode": "Never",
        }
    }
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    shop.until_recorded()

    run = rollback(shop, "history", "web", kubeconfig=kubeconfig)

    assert run.returncode == 0, run.stderr


def credentials(user: dict[str, str]) -> str:
    """Return what a credential plugin answers for a user who has a certificate or a token."""
    if "token" in user:
        status = {"token": user["token"]}
    else:
        status = {
            "clientCertificateData": base64.b64decode(user["client-certificate-data"]).decode(),
            "clientKeyData": base64.b64decode(user["client-key-data"]).decode(),
        }
    return json.dumps(
        {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": status,
        }
    )
