"""The line that led to the live version, and what `Rollbackable` says at each point of it."""

from collections.abc import Callable

import pytest

from harness.objects import Object, condition, recorded_images, rollbackable
from harness.shop import Shop

FORWARD = ("True", "EarlierSnapshot")
RETURN = ("False", "AlreadyRolledBack")
FIRST = ("False", "NoEarlierSnapshot")

Story = list[tuple[str, tuple[str, str], str]]
"""Version, what `Rollbackable` is after it, and the revision that its message names."""

STORIES: dict[str, Story] = {
    "A B A B C": [
        ("A", FIRST, "revision 1"),
        ("B", FORWARD, "rolled back to revision 1 "),
        ("A", RETURN, "revision 3 (nginx:A) is itself a return"),
        ("B", FORWARD, "rolled back to revision 3 "),
        ("C", FORWARD, "rolled back to revision 4 "),
    ],
    "A B C D C B": [
        ("A", FIRST, "revision 1"),
        ("B", FORWARD, "rolled back to revision 1 "),
        ("C", FORWARD, "rolled back to revision 2 "),
        ("D", FORWARD, "rolled back to revision 3 "),
        ("C", RETURN, "to: {revision: 2}"),
        ("B", RETURN, "to: {revision: 1}"),
    ],
    "A B A C B": [
        ("A", FIRST, "revision 1"),
        ("B", FORWARD, "rolled back to revision 1 "),
        ("A", RETURN, "revision 3 (nginx:A) is itself a return"),
        ("C", FORWARD, "rolled back to revision 3 "),
        ("B", FORWARD, "rolled back to revision 4 "),
    ],
    "A B C A D": [
        ("A", FIRST, "revision 1"),
        ("B", FORWARD, "rolled back to revision 1 "),
        ("C", FORWARD, "rolled back to revision 2 "),
        ("A", RETURN, "nothing earlier is on record"),
        ("D", FORWARD, "rolled back to revision 4 "),
    ],
}


def _edit(shop: Shop, image: str) -> None:
    shop.roll_out(image)


def _undo(shop: Shop, image: str) -> None:
    """Undo to that image, if it was rolled out before; else roll it out."""
    revision = next((_revision(r) for r in shop.replica_sets() if _image(r) == image), None)
    if revision is None:
        shop.roll_out(image)
    else:
        shop.undo(revision=revision)


def _apply(shop: Shop, image: str) -> None:
    """Do what a GitOps tool does after a revert in Git."""
    shop.apply(image, manager="flux")


HOW = (_edit, _undo, _apply)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("roll_out", HOW, ids=lambda how: how.__name__.strip("_"))
def test_the_line(shop: Shop, story: str, roll_out: Callable[[Shop, str], None]) -> None:
    told, expected = [], []
    for count, (version, shown, revision) in enumerate(STORIES[story], start=1):
        if count == 1:
            shop.deploy(f"nginx:{version}")
        else:
            roll_out(shop, f"nginx:{version}")
        shop.until_recorded(snapshots=count)
        deployment = shop.deployment()
        told.append((rollbackable(deployment), _message(deployment)))
        expected.append((shown, revision))

    assert [shown for shown, _ in told] == [shown for shown, _ in expected]
    for (_, message), (_, revision) in zip(told, expected, strict=True):
        assert revision in message


def test_three_cycles_of_undo(shop: Shop) -> None:
    """Trap 18: each undo brings a ReplicaSet back under a new revision, and goes to and fro."""
    shop.deploy("nginx:A")
    shop.until_recorded()
    shop.roll_out("nginx:B")
    shop.until_recorded()
    shown = []
    for count in (3, 4, 5):
        shop.undo()
        shop.until_recorded(snapshots=count)
        shown.append(rollbackable(shop.deployment()))

    found = shop.until_recorded()
    assert shown == [RETURN, FORWARD, RETURN]
    assert recorded_images(found) == ["nginx:A", "nginx:B", "nginx:A", "nginx:B", "nginx:A"]
    assert [s["revision"] for s in found["snapshots"]] == [1, 2, 3, 4, 5]
    assert len({s["id"] for s in found["snapshots"]}) == 5


def test_a_return_to_a_version_that_was_restarted_since_is_a_return(shop: Shop) -> None:
    shop.deploy("nginx:A")
    shop.until_recorded()
    shop.restart()
    shop.roll_out("nginx:B")
    shop.until_recorded()

    shop.roll_out("nginx:A")

    shop.until_recorded()
    assert rollbackable(shop.deployment()) == RETURN


def test_a_return_names_who_made_it(shop: Shop) -> None:
    shop.deploy("nginx:A")
    shop.until_recorded()
    shop.roll_out("nginx:B")
    shop.until_recorded()
    shop.patch(_app("nginx:A"), field_manager="flux")

    shop.until_recorded()

    assert "made by flux" in _message(shop.deployment())


def test_the_same_image_with_another_configuration_is_no_return(shop: Shop) -> None:
    shop.deploy("nginx:A")
    shop.until_recorded()
    shop.roll_out("nginx:B")
    shop.until_recorded()

    shop.patch(_app("nginx:A", env=[{"name": "MODE", "value": "slow"}]))

    found = shop.until_recorded()
    assert recorded_images(found) == ["nginx:A", "nginx:B", "nginx:A"]
    assert rollbackable(shop.deployment()) == FORWARD


def test_the_condition_turns_once_and_keeps_its_time(shop: Shop) -> None:
    shop.deploy("nginx:A")
    shop.until_recorded()
    shop.roll_out("nginx:B")
    shop.until_recorded()
    turned = condition(shop.deployment(), "Rollbackable")["lastTransitionTime"]

    shop.roll_out("nginx:C")
    shop.until_recorded()

    assert condition(shop.deployment(), "Rollbackable")["lastTransitionTime"] == turned


def _message(deployment: Object) -> str:
    return str(condition(deployment, "Rollbackable")["message"])


def _image(replica_set: Object) -> str:
    return str(replica_set["spec"]["template"]["spec"]["containers"][0]["image"])


def _revision(replica_set: Object) -> int:
    return int(replica_set["metadata"]["annotations"]["deployment.kubernetes.io/revision"])


def _app(image: str, **fields: object) -> Object:
    container = {"name": "app", "image": image, **fields}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}
