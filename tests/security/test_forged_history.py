"""Whoever may write `deployments/status` can write annotations: they neither steer nor block."""

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harness.attacker import ASK, STATUS_OF_DEPLOYMENTS, Attacker, may_roll_back, refusal
from harness.helm import Installation
from harness.objects import CLAIM, HISTORY, TEMPLATES, Object, annotations
from harness.operator_process import OperatorProcess
from harness.shop import Shop

Values = dict[str, str | None]
KIB = 1024


@dataclass(frozen=True)
class Kept:
    """Annotations of ours: as they are, as they were one version before, and of another object."""

    now: dict[str, str]
    before: dict[str, str]
    stranger: dict[str, str]

    def index(self, **fields: Any) -> Values:
        """Return the history with other fields in its index."""
        return {HISTORY: json.dumps(json.loads(self.now[HISTORY]) | fields)}

    def content(self, change: Callable[[Object], None]) -> Values:
        """Return the templates with something changed in what is compressed."""
        content = json.loads(zlib.decompress(base64.b64decode(self.now[TEMPLATES])))
        change(content)
        return {TEMPLATES: packed(json.dumps(content).encode())}


def packed(text: bytes) -> str:
    """Return text as the templates are packed."""
    return base64.b64encode(zlib.compress(text, 9)).decode()


def evil(kept: Kept) -> Values:
    """Put another image into every record."""
    text = zlib.decompress(base64.b64decode(kept.now[TEMPLATES]))
    return {
        HISTORY: kept.now[HISTORY].replace("nginx:1", "evil:1"),
        TEMPLATES: packed(text.replace(b"nginx:1", b"evil:1")),
    }


def evil_and_endless(kept: Kept) -> Values:
    """Put another image into every record, and a sequence that no true copy can have."""
    forged = evil(kept)
    index = json.loads(forged[HISTORY] or "") | {"sequence": 2**62, "signature": ""}
    return {**forged, HISTORY: json.dumps(index)}


def with_a_step(kept: Kept) -> Values:
    """Add a step to every record: a Job that the operator would make."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "x", "image": "evil:1"}]}
    step = ["before", "evil", {"spec": {"template": {"spec": pod}}}, None]

    def change(content: Object) -> None:
        for details in content["details"].values():
            details["steps"] = [step]

    return kept.content(change)


def a_claim(kept: Kept) -> str:
    """Return a claim that another request is at work; its signature is made up."""
    index = json.loads(kept.now[HISTORY])
    newest = index["snapshots"][-1]
    body = {
        "format": 1,
        "uid": index["uid"],
        "replicaSet": "x",
        "revision": newest["revision"],
        "target": index["snapshots"][0]["id"],
        "targetRevision": 1,
        "components": ["app/image"],
        "result": "0" * 64,
        "request": "theirs",
        "requestUid": "0",
        "requestHash": "0" * 64,
        "at": "2026-01-01T00:00:00Z",
        "earlier": [],
    }
    return json.dumps(body | {"signature": "0" * 64})


ATTACKS: dict[str, Callable[[Kept], Values]] = {
    "another_image_in_the_record": evil,
    "another_image_and_an_endless_sequence": evil_and_endless,
    "a_sequence_near_its_end": lambda kept: kept.index(sequence=2**63 - 1),
    "a_sequence_below_zero": lambda kept: kept.index(sequence=-1),
    "a_sequence_that_is_no_number": lambda kept: kept.index(sequence=float("inf")),
    "a_signature_of_noughts": lambda kept: kept.index(signature="0" * 64),
    "a_signature_in_another_script": lambda kept: kept.index(signature="ключ"),
    "an_unknown_format": lambda kept: kept.index(format=99),
    "the_history_of_another_deployment": lambda kept: dict(kept.stranger),
    "its_own_history_of_yesterday": lambda kept: dict(kept.before),
    "a_step_in_the_record": with_a_step,
    "a_claim_of_ones_own": lambda kept: {CLAIM: a_claim(kept)},
    "a_claim_without_end": lambda _: {CLAIM: "[" * 200 * KIB},
    "no_history_at_all": lambda _: {HISTORY: None, TEMPLATES: None},
    "a_history_that_is_no_json": lambda _: {HISTORY: "\x1b[2J not json"},
    "a_history_that_is_null": lambda _: {HISTORY: "null"},
    "a_history_nested_without_end": lambda _: {HISTORY: "[" * 200 * KIB},
    "objects_nested_without_end": lambda _: {HISTORY: '{"a":' * 40 * KIB},
    "an_annotation_of_200_kib": lambda _: {HISTORY: json.dumps({"x": "y" * 200 * KIB})},
    "a_number_of_200_000_digits": lambda _: {HISTORY: '{"sequence":' + "9" * 200_000 + "}"},
    "templates_that_are_no_base_85": lambda _: {TEMPLATES: "not base 85 ü"},
    "a_bomb_of_64_mib": lambda _: {TEMPLATES: packed(b"[" * 64 * KIB * KIB)},
    "a_bomb_of_many_small_objects": lambda _: {TEMPLATES: packed(b"[" + b"[]," * 8 * KIB * KIB)},
}


@pytest.fixture(scope="module")
def city(
    installation: Installation, installed_operator: OperatorProcess
) -> Iterator[tuple[Shop, dict[str, dict[str, str]]]]:
    """A namespace with a Deployment for each attack, and the annotations of their first version."""
    assert installed_operator.is_running, installed_operator.log.read_text()[-4000:]
    shop = Shop(installation.cluster, installed_operator, prefix="installed")
    names = [dashed(case) for case in ATTACKS]
    for name in names:
        shop.deploy("nginx:1", name=name, replicas=1, wait=False)
    shop.deploy("httpd:1", name="stranger", replicas=1, wait=False)
    first: dict[str, dict[str, str]] = {}
    for name in [*names, "stranger"]:
        shop.until_recorded(name, snapshots=1)
        first[name] = ours(shop, name)
        image = "httpd:2" if name == "stranger" else "nginx:2"
        shop.roll_out(image, name=name, wait=False)
    for name in [*names, "stranger"]:
        shop.until_recorded(name, snapshots=2)
    yield shop, first
    shop.close()


@pytest.fixture(scope="module")
def scribe(city: tuple[Shop, dict[str, dict[str, str]]]) -> Attacker:
    """Somebody who may write the status of Deployments, and nothing else."""
    return Attacker(city[0], "scribe", STATUS_OF_DEPLOYMENTS)


@pytest.fixture(scope="module")
def on_call(city: tuple[Shop, dict[str, dict[str, str]]]) -> Attacker:
    """Somebody who has to roll back, whatever others do."""
    return Attacker(city[0], "on-call", ASK, may_roll_back())


def dashed(case: str) -> str:
    """Return a name for a case's objects."""
    return case.replace("_", "-")


def ours(shop: Shop, name: str) -> dict[str, str]:
    """Return the history on a Deployment."""
    found = annotations(shop.deployment(name))
    return {key: found[key] for key in (HISTORY, TEMPLATES)}


@pytest.mark.parametrize("case", ATTACKS)
def test_what_was_forged_is_neither_rolled_back_to_nor_in_the_way(
    city: tuple[Shop, dict[str, dict[str, str]]],
    scribe: Attacker,
    on_call: Attacker,
    case: str,
) -> None:
    shop, first = city
    name = dashed(case)
    kept = Kept(ours(shop, name), first[name], ours(shop, "stranger"))
    back = {"targets": [{"name": name}]}
    named = {"targets": [{"name": name, "to": {"images": {"app": "nginx:1"}}}]}

    scribe.annotate(name, ATTACKS[case](kept))
    on_call.request(back, f"{name}-default")
    default = shop.until_over(f"{name}-default")
    on_call.request(named, f"{name}-named")
    explicit = shop.until_over(f"{name}-named")

    assert default["reason"] in {"RolledBack", "HistoryGap", "NoEarlierSnapshot"}, default
    assert explicit["reason"] in {"RolledBack", "AlreadyThere"}, explicit
    assert shop.image(name) == "nginx:1"
    ran = {r["spec"]["template"]["spec"]["containers"][0]["image"] for r in shop.replica_sets(name)}
    assert ran == {"nginx:1", "nginx:2"}


def test_nothing_that_was_forged_made_a_job(
    city: tuple[Shop, dict[str, dict[str, str]]],
) -> None:
    assert city[0].kubectl("get", "jobs", "-o", "name").stdout == ""


def test_what_is_shown_of_it_acts_on_no_terminal(
    city: tuple[Shop, dict[str, dict[str, str]]], installed_operator: OperatorProcess
) -> None:
    shop, _ = city
    told = shop.kubectl("get", "rbr,events", "-o", "json").stdout

    assert "\\u001b" not in told
    assert "\x1b" not in installed_operator.log.read_text()


def test_the_right_to_the_status_is_none_to_the_rest(
    city: tuple[Shop, dict[str, dict[str, str]]], scribe: Attacker
) -> None:
    """The attacks above came by the only way that is open to them."""
    shop, _ = city
    evil_patch = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "e"}]}}}}
    before = shop.deployment("stranger")["metadata"]["generation"]
    place = ("stranger", scribe.namespace)

    assert refusal(lambda: scribe.apps.patch_namespaced_deployment(*place, evil_patch))[0] == 403
    scribe.apps.patch_namespaced_deployment_status(*place, evil_patch)
    assert shop.deployment("stranger")["metadata"]["generation"] == before
    assert shop.image("stranger") == "httpd:2"
