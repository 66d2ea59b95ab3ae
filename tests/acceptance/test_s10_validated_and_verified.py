"""S10: validate first; verify every component after."""

from builders.examples import GOOD, apply, get, image, release, release_good_and_bad, wait
from harness.shop import Shop


def test_a_dry_run_changes_nothing_and_says_what_would_happen(shop: Shop) -> None:
    release_good_and_bad(shop)
    shop.until_settled()
    before = get(shop, "deployment/web", ".metadata.resourceVersion")

    apply(shop, "dry-run.yaml")
    status = wait(shop, "web-dry-run")

    assert status["reason"] == "Previewed"
    assert get(shop, "rbr/web-dry-run", ".status.targets[0].preview.wouldSucceed") == "true"
    assert get(shop, "deployment/web", ".metadata.resourceVersion") == before


def test_it_is_not_completed_before_the_old_version_serves(shop: Shop) -> None:
    """The controller says `NewReplicaSetAvailable` at once, with not one pod of it (trap 8)."""
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)
    release(shop, "nginx:second", snapshots=2)
    shop.block_pods()

    apply(shop, "rollback.yaml")
    status = wait(shop, "rollback-web", "InProgress")
    shop.until_seen()

    assert image(shop) == GOOD
    assert get(shop, "rbr/rollback-web", ".status.phase") == "InProgress"
    assert status["targets"][0]["components"][0]["state"] == "Altered"
    shop.allow_pods()
    ended = wait(shop, "rollback-web")
    assert ended["targets"][0]["components"][0]["state"] == "Reverted"
    assert ended["targets"][0]["rollout"] == {"desired": 2, "updated": 2, "available": 2}


def test_what_never_comes_to_serve_is_an_exception(shop: Shop) -> None:
    release_good_and_bad(shop)
    shop.block_pods()
    request = {"targets": [{"name": "web"}], "timeoutSeconds": 2}
    shop.request_spec(request, "hurried")

    status = wait(shop, "hurried", "Exception")

    assert status["reason"] == "DeadlineExceeded"


def test_every_mistake_that_a_schema_can_see_is_refused_by_the_api_server(shop: Shop) -> None:
    wrong = shop.kubectl(
        "create",
        "-f",
        "-",
        check=False,
        input="""
apiVersion: rollback-operator.dev/v1alpha1
kind: RollbackRequest
metadata: {name: wrong}
spec: {targets: [{name: web, to: {revision: 1, images: {web: "nginx:1"}}}]}
""",
    )

    assert wrong.returncode != 0
    assert "say where to go back to by one of revision, snapshot and images" in wrong.stderr
