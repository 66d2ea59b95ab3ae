"""Requests from the published schema, of which about half mean something."""

import random
from collections.abc import Iterator

import yaml

from fuzz.shapes import Schema, Shapes
from harness.install import CRDS
from harness.objects import Object

PAST = "2026-01-01T00:00:00Z"
SENSIBLE = 7 / 8
"""How often the rules between fields are kept, before a request is bent."""

WORDS = {
    "": ("web", "api", "shop"),
    "name": ("web", "web", "api", "none"),
    "asOf": (PAST, "2099-01-01T00:00:00Z", "2026-13-01T00:00:00Z"),
    "names": ("app/image", "app/config", "app", "pod", "labels", "none/image", "volume:x"),
    "images.key": ("app", "app", "none", "volume:x"),
    "images.value": ("nginx:1", "nginx:2", "nginx:3", "nginx:none"),
    "snapshot": ("0123456789", "abcdef0123"),
    "revision": (1, 2, 3, 4, 99),
    "key": ("app", "example.com/app", "none"),
    "values": ("web", "api", ""),
    "matchLabels.key": ("app", "app", "none"),
    "matchLabels.value": ("web", "api", "none"),
    "reason": ("bad release", "", "ü" * 10),
}
"""What the two Deployments of a shop have, and what they have not."""

BENDS = (0, 0, 0, 1, 1, 2, 3)
"""How many things are wrong with a request; any of these is as likely."""


def some(seed: int, count: int) -> Iterator[Object]:
    """Yield requests; the same seed gives the same ones."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    schema, shapes = _schema(), Shapes(draw, WORDS)
    for number in range(count):
        spec = shapes.value(schema)
        if draw.random() < SENSIBLE:
            spec = _sensible(shapes, spec, schema["properties"]["targets"])
        for _ in range(draw.choice(BENDS)):
            spec = shapes.bent(spec)
        yield {
            "apiVersion": "rollback-operator.dev/v1alpha1",
            "kind": "RollbackRequest",
            "metadata": {"name": f"fuzz-{number}"},
            "spec": spec,
        }


def _schema() -> Object:
    [file] = CRDS.glob("*.yaml")
    [version] = yaml.safe_load(file.read_text())["spec"]["versions"]
    return dict(version["schema"]["openAPIV3Schema"]["properties"]["spec"])


def _sensible(shapes: Shapes, spec: Object, targets: Schema) -> Object:
    """Keep the rules between fields: else hardly anything would be accepted."""
    by_selector = "selector" in spec and shapes.draw.random() < 1 / 2
    given: Object = {"asOf": PAST} if by_selector else {"targets": shapes.value(targets, "targets")}
    for target in given.get("targets", ()):
        for version in (target.get("to"), target.get("from")):
            _keep_one(shapes.draw, version)
        if components := target.get("components"):
            components["mode"] = "Selected" if "names" in components else "All"
    others = {"targets", "asOf"} if by_selector else {"selector", "asOf"}
    # What nobody would let go of would never end.
    return {k: v for k, v in spec.items() if k not in others} | given | {"suspend": False}


def _keep_one(draw: random.Random, version: Object | None) -> None:
    """Let a version be said in one way."""
    if version:
        kept = draw.choice(list(version))
        for other in set(version) - {kept}:
            del version[other]
