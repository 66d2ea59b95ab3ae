"""S11: the preview shows what goes from what to what, before anyone confirms."""

from builders.examples import BAD, GOOD, apply, get, release_good_and_bad, wait
from harness.shop import Shop


def test_the_preview_shows_artifact_from_and_to(shop: Shop) -> None:
    release_good_and_bad(shop)

    apply(shop, "dry-run.yaml")
    status = wait(shop, "web-dry-run")

    assert status["change"] == f"{BAD} → {GOOD}"
    component = status["targets"][0]["components"][0]
    assert (component["name"], component["from"], component["to"]) == ("web/image", BAD, GOOD)
    diff = get(shop, "rbr/web-dry-run", ".status.targets[0].preview.diff[*]")
    assert BAD in diff
    assert GOOD in diff


def test_what_was_previewed_is_what_happens(shop: Shop) -> None:
    release_good_and_bad(shop)
    apply(shop, "dry-run.yaml")
    previewed = wait(shop, "web-dry-run")["targets"][0]

    apply(shop, "rollback.yaml")
    done = wait(shop, "rollback-web")["targets"][0]

    assert [done[key] for key in ("from", "to")] == [previewed[key] for key in ("from", "to")]
    names = [[c["name"] for c in target["components"]] for target in (previewed, done)]
    assert names[0] == names[1]
