"""A second request for the same Deployment while the first one is at work."""

import pytest

from harness.shop import Shop


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A rollback from the third to the second version is under way and cannot end yet."""
    shop.release("nginx:1", "nginx:2", "nginx:3")
    shop.block_pods()
    shop.request("first")
    shop.until_phase("InProgress", "first")
    return shop


def claims(shop: Shop) -> int:
    """Count how often the operator has changed the Deployment itself."""
    return len([w for w in shop.stored_writes("deployments", "web") if not w.subresource])


def test_one_for_the_same_follows_it_and_ends_with_it(busy: Shop) -> None:
    busy.request("second")
    following = busy.until_phase("InProgress", "second")

    busy.allow_pods()

    assert (following["reason"], following["targets"][0]["following"]) == ("Following", "first")
    assert busy.until_over("second")["reason"] == "RolledBack"
    assert busy.until_over("first")["reason"] == "RolledBack"
    assert claims(busy) == 1


def test_one_that_names_the_same_version_follows_too(busy: Shop) -> None:
    busy.request("second", to={"revision": 2})

    assert busy.until_phase("InProgress", "second")["reason"] == "Following"


def test_one_that_selects_the_same_in_other_words_follows_too(busy: Shop) -> None:
    busy.request("second", components={"mode": "Artifacts"})

    assert busy.until_phase("InProgress", "second")["reason"] == "Following"


def test_one_for_another_version_is_refused_naming_the_first(busy: Shop) -> None:
    """Who lets it through makes two requests fight over one Deployment."""
    status = busy.roll_back("second", to={"revision": 1})

    assert (status["phase"], status["reason"]) == ("Exception", "RollbackInProgress")
    assert "request first" in status["message"]
    assert busy.image() == "nginx:2"


def test_one_that_follows_ends_when_the_first_one_runs_out_of_time(shop: Shop) -> None:
    """Who gives each follower a time of its own leaves it waiting for nobody."""
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request("first", timeoutSeconds=12)
    shop.until_phase("InProgress", "first")

    status = shop.roll_back("second", timeoutSeconds=600)

    assert status["reason"] == "DeadlineExceeded"
    assert "request first" in status["message"]


def test_one_that_follows_ends_as_superseded_with_it(busy: Shop) -> None:
    busy.request("second")
    busy.until_phase("InProgress", "second")

    busy.roll_out("nginx:4", wait=False)

    assert busy.until_over("first")["reason"] == "Superseded"
    assert busy.until_over("second")["reason"] == "Superseded"


def test_a_dry_run_neither_follows_nor_is_refused_nor_followed(busy: Shop) -> None:
    status = busy.roll_back("preview", dryRun=True)

    assert (status["phase"], status["reason"]) == ("Completed", "Previewed")
    assert "startedAt" not in status["targets"][0]
    assert claims(busy) == 1


def test_a_dry_run_that_ended_leaves_the_way_free(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("preview", dryRun=True)

    assert shop.roll_back("really")["reason"] == "RolledBack"


def test_after_the_first_was_deleted_another_version_may_be_asked_for(busy: Shop) -> None:
    """A claim whose request is gone must not block for ever."""
    busy.delete_request("first")
    busy.request("second", to={"revision": 1}, unfinishedRollout="Abandon")
    busy.until_phase("InProgress", "second")

    busy.allow_pods()

    assert busy.until_over("second")["reason"] == "RolledBack"
    assert busy.image() == "nginx:1"


def test_after_the_first_was_deleted_the_same_is_followed_to_its_end(busy: Shop) -> None:
    busy.delete_request("first")
    busy.request("second")
    busy.until_phase("InProgress", "second")

    busy.allow_pods()

    assert busy.until_over("second")["reason"] == "RolledBack"
    assert (busy.image(), claims(busy)) == ("nginx:2", 1)


def test_the_first_made_again_under_its_name_goes_on_where_it_was(busy: Shop) -> None:
    """Git brings a deleted request back: same name and spec, another UID."""
    busy.delete_request("first")
    busy.request("first")
    busy.until_phase("InProgress", "first")

    busy.allow_pods()

    assert busy.until_over("first")["reason"] == "RolledBack"
    assert claims(busy) == 1
