"""The history as text: what is read of what anyone may have written, and how little it takes."""

import base64
import json
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import KEYRING, NOON, UID, a_history, a_snapshot, a_template, with_metadata
from builders.written import packed, with_index, written
from rollback_operator.domain.annotations import API_LIMIT, decode, fit, size
from rollback_operator.domain.history_format import UNPACKED_CAP
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.snapshot import Executed
from rollback_operator.domain.step import Step, When
from rollback_operator.domain.template import Template

AB = a_history("A", "B").build()
STEPS = (
    Step(When.BEFORE, "drain", {"spec": {"template": {"spec": {}}}}, None),
    Step(When.AFTER, "warm", None, "there is no CronJob warm"),
)


def test_a_history_is_read_as_it_was_written() -> None:
    detailed = a_snapshot(
        "C",
        revision=3,
        cause="release 3",
        manager="ci",
        started=NOON + timedelta(minutes=2),
        below=AB.snapshots[0].id,
        returned_to=AB.snapshots[1].id,
        gap=True,
        verified=False,
        digests={"web": "sha256:1"},
        steps=STEPS,
    )
    history = replace(AB.with_snapshot(detailed), executed=(Executed("r", "back", "h"),))

    assert decode(written(history), UID, KEYRING) == history


def test_the_index_can_be_read_by_people() -> None:
    shown = json.loads(written(AB)[HISTORY])["snapshots"][1]

    assert shown == {
        "id": AB.snapshots[1].id,
        "revision": 2,
        "completed": "2030-01-01T12:02:00.000Z",
        "images": {"web": "nginx:B"},
        "origin": "Rollout",
        "verified": True,
        "below": AB.snapshots[0].id,
    }


def test_the_index_is_written_without_a_space_too_many() -> None:
    """Every byte is copied to every ReplicaSet."""
    text = written(AB)[HISTORY]

    assert json.dumps(json.loads(text), separators=(",", ":")) == text


@pytest.mark.parametrize(
    "change",
    [
        {HISTORY: "not JSON"},
        {HISTORY: "[]"},
        {HISTORY: "5"},
        {HISTORY: "null"},
        {HISTORY: "[" * 100_000},
        {TEMPLATES: "not base 85 \n"},
        {TEMPLATES: base64.b64encode(b"not compressed").decode()},
        {TEMPLATES: base64.b64encode(zlib.compress(b"not JSON")).decode()},
        {TEMPLATES: packed([])},
        {TEMPLATES: packed({"templates": [], "details": {}})},
        with_index(written(AB), format=2),
        with_index(written(AB), snapshots=[1]),
        with_index(written(AB), snapshots=None),
        with_index(written(AB), executed=[[1]]),
        with_index(written(AB), revision=float("inf")),
        with_index(written(AB), signature=None),
        with_index(written(AB), signature="ü"),
        {TEMPLATES: written(AB)[TEMPLATES] + "\n"},
    ],
    ids=[
        "no-json",
        "list",
        "number",
        "null",
        "deep",
        "no-base-64",
        "not-compressed",
        "no-json-inside",
        "list-inside",
        "no-templates",
        "unknown-format",
        "broken-snapshot",
        "no-snapshots",
        "broken-ledger",
        "endless-number",
        "no-signature",
        "strange-signature",
        "more-than-base-64",
    ],
)
def test_what_is_broken_counts_as_absent(change: dict[str, str]) -> None:
    assert decode(written(AB) | change, UID, KEYRING) is None


@pytest.mark.parametrize(
    "template", [5, [], "text", {"spec": 5}, {"spec": {"containers": [5]}}, {"metadata": []}]
)
def test_what_is_no_pod_template_counts_as_absent(template: object) -> None:
    """Who may write annotations must not stop the recorder with them."""
    details = {s.id: {"template": 0, "replicaSet": "r"} for s in AB.snapshots}
    forged = written(AB) | {TEMPLATES: packed({"templates": [template], "details": details})}

    assert decode(forged, UID, KEYRING) is None


@pytest.mark.parametrize(
    "step",
    [
        ["before", "drain", {"spec": []}, None],
        ["before", "drain", {}, None],
        ["before", "drain", "text", None],
        ["sometimes", "drain", None, None],
        ["before", "drain"],
        "before",
        5,
    ],
)
def test_what_is_no_step_counts_as_absent(step: object) -> None:
    details = {s.id: {"template": 0, "replicaSet": "r", "steps": [step]} for s in AB.snapshots}
    templates = [dict(a_template().body)]
    forged = written(AB) | {TEMPLATES: packed({"templates": templates, "details": details})}

    assert decode(forged, UID, KEYRING) is None


def test_a_bomb_is_not_unpacked() -> None:
    bomb = base64.b64encode(zlib.compress(b"[" + b"0," * UNPACKED_CAP, 9)).decode()

    assert decode(written(AB) | {TEMPLATES: bomb}, UID, KEYRING) is None


def a_big_template(version: str) -> Template:
    """Return a template of some 5 kB, of which one release changes image, tag and a setting."""
    env = [{"name": f"SETTING_{n}", "value": f"{n * 7919 % 100003:08x}"} for n in range(110)]
    env += [{"name": "RELEASE", "value": version}]
    template = a_template(version, env=env, args=["--config", "/etc/web/config.yaml"])
    return with_metadata(template, labels={"app": "web", "version": version})


def test_ten_versions_of_a_template_of_5_kb_take_8_kb_and_each_further_one_600_bytes() -> None:
    assert len(json.dumps(dict(a_big_template("r1").body))) > 5000
    sizes = [
        size(written(a_history(*(a_big_template(f"release-{n}") for n in range(count))).build()))
        for count in (1, 10)
    ]

    assert sizes[1] <= 8_000
    assert (sizes[1] - sizes[0]) / 9 <= 600


@pytest.mark.parametrize("number", [-1, 2**53, 2**63 - 1, 10**400, float("inf"), "x", None])
@pytest.mark.parametrize("key", ["sequence", "revision"])
def test_a_number_that_was_never_written_here_breaks_a_history(key: str, number: object) -> None:
    """An unsigned copy with an endless sequence must not count above all others."""
    assert decode(with_index(written(AB), **{key: number}), UID, KEYRING) is None


@pytest.mark.parametrize("unit", [b"[", b'{"a":', b"[],", b" "])
def test_a_bomb_in_the_compressed_part_is_defused(unit: bytes) -> None:
    """The smaller one is small enough to be unpacked, and no more of it than is allowed."""
    for size_of_it in (16, 64):
        text = unit * (size_of_it * 1024 * 1024 // len(unit))
        bomb = base64.b64encode(zlib.compress(text, 9)).decode()

        assert decode({**written(AB), TEMPLATES: bomb}, UID, KEYRING) is None


def test_templates_that_unpack_to_too_much_are_not_read_though_they_could_be() -> None:
    content = zlib.decompress(base64.b64decode(written(AB)[TEMPLATES]))
    free = UNPACKED_CAP - len(content)
    padded = [
        written(AB) | {TEMPLATES: base64.b64encode(zlib.compress(content + b" " * n)).decode()}
        for n in (free, free + 1)
    ]

    assert [decode(one, UID, KEYRING) is not None for one in padded] == [True, False]


def test_nothing_is_written_that_could_not_be_read_again() -> None:
    huge = a_snapshot(a_template("A", args=["x" * UNPACKED_CAP]))

    assert fit(replace(AB, snapshots=(huge,)), KEYRING, API_LIMIT, 10) is None
