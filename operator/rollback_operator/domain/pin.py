"""Going back to the very image that ran, not to what its tag means today."""

import copy
from collections.abc import Mapping
from dataclasses import replace

from rollback_operator.domain.decisions import End, Goal
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.template import CONTAINER_LISTS, Template


def pinned(goal: Goal, snapshot: Snapshot | None) -> Goal | End:
    """Return the goal with every container's image by its recorded digest.

    The tag stays for people to read: `nginx:1.29@sha256:…`.
    """
    digests = snapshot.digests if snapshot else {}
    unknown = [n for n, image in goal.images.items() if "@" not in image and n not in digests]
    if unknown:
        names = ", ".join(unknown)
        text = (
            f"the digest of {names} in revision {goal.revision} was not recorded; leave out `pin`"
        )
        return End(Reason.DIGEST_UNKNOWN, text)
    return replace(goal, template=_by_digest(goal.template, digests), pinned=True)


def moved(live: Snapshot | None, goal: Snapshot | None) -> list[str]:
    """Say which tags of the goal mean another image now than when it was recorded."""
    if live is None or goal is None:
        return []
    return [
        f"{name}: {image} was {goal.digests[name]} and is {live.digests[name]} now"
        for name, image in goal.images.items()
        if live.images.get(name) == image
        and {name} <= goal.digests.keys() & live.digests.keys()
        and live.digests[name] != goal.digests[name]
    ]


def _by_digest(template: Template, digests: Mapping[str, str]) -> Template:
    body = copy.deepcopy(dict(template.body))
    for container in (c for field in CONTAINER_LISTS for c in body["spec"].get(field) or ()):
        if "@" not in container["image"]:
            container["image"] += f"@{digests[container['name']]}"
    return Template(body)
