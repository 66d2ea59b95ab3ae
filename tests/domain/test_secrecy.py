"""What others say is passed on without the values of a template that may be secret."""

import json
from typing import Any

import pytest

from builders import a_template
from rollback_operator.domain.secrecy import HIDDEN, is_shown, redact

QUOTED = 'hunter2\n"quoted"'


def said(text: str, **config: Any) -> str:
    """Pass a text on about a template with that configuration of its container `web`."""
    return redact(text, [a_template("A", **config)], known=["shop", "checkout"])


@pytest.mark.parametrize(
    "config",
    [
        {"env": [{"name": "TOKEN", "value": QUOTED}]},
        {"env": [{"name": "TOKEN", "value": QUOTED}, {"name": "TOKEN", "value": "x"}]},
        {"args": ["serve", QUOTED]},
        {"command": [QUOTED]},
        {"livenessProbe": {"exec": {"command": ["check", QUOTED]}}},
        {"livenessProbe": {"httpGet": {"httpHeaders": [{"name": "A", "value": QUOTED}]}}},
        {"lifecycle": {"preStop": {"exec": {"command": [QUOTED]}}}},
        {"notYetInvented": {"deep": [{"down": QUOTED}]}},
    ],
)
@pytest.mark.parametrize("written", [str, json.dumps])
def test_a_value_is_hidden_however_it_is_quoted(config: object, written: object) -> None:
    assert isinstance(config, dict)
    assert callable(written)

    shown = said(f"Invalid value: {written(QUOTED)}: must not be", **config)

    assert "hunter2" not in shown
    assert shown.endswith(": must not be")


def test_a_quoted_value_is_hidden_whole() -> None:
    """Who cuts a letter too much from its quoted form leaves the letter to be read."""
    env = [{"name": "GREETING", "value": 'späť\n"now"'}]
    quoted = 'Invalid value: "späť\\n\\"now\\"": must not be'

    assert said(quoted, env=env) == f'Invalid value: "{HIDDEN}": must not be'


@pytest.mark.parametrize("part", ["abcd", "efgh"])
def test_a_value_that_contains_another_is_hidden_whole(part: str) -> None:
    """Who replaces the short one first leaves the rest of the long one to be read."""
    env = [{"name": "A", "value": part}, {"name": "B", "value": "abcd-efgh"}]

    assert said("it was abcd-efgh", env=env) == f"it was {HIDDEN}"


@pytest.mark.parametrize(
    "path",
    [
        "spec.dnsPolicy",
        "spec.resources.limits.cpu",
        "spec.overhead.memory",
        "spec.containers.[web].image",
        "spec.containers.[web].env.[TOKEN].name",
        "spec.containers.[web].resources.requests.example.com/gpu",
        "spec.initContainers.[migrate].image",
        "spec.volumes.[data].image.reference",
        "spec.volumes.[all].projected.sources.[secret web].secret.name",
    ],
)
def test_what_is_no_secret_is_shown_also_of_init_containers(path: str) -> None:
    assert is_shown(keys(path))


@pytest.mark.parametrize(
    "path",
    [
        "spec.notYetInvented",
        "spec.nodeSelector.disk",
        "spec.containers.[web].args",
        "spec.containers.[web].env.[TOKEN].value",
        "spec.initContainers.[migrate].env.[TOKEN].value",
        "spec.containers.[web].livenessProbe.httpGet.path",
        "metadata.labels.app",
        "metadata.annotations.team",
    ],
)
def test_what_may_be_a_secret_is_not(path: str) -> None:
    assert not is_shown(keys(path))


def keys(path: str) -> tuple[str, ...]:
    """Return a path as a tree has it; a resource's name may have dots in it."""
    head, found, resource = path.partition("example.com/")
    return (*head.rstrip(".").split("."), *([found + resource] if found else []))


@pytest.mark.parametrize(("value", "shown"), [("abc", "it was abc"), ("abcd", "it was (hidden)")])
def test_only_what_is_too_short_for_a_secret_is_left(value: str, shown: str) -> None:
    assert said(f"it was {value}", args=[value]) == shown


def test_names_and_images_and_short_words_stay_readable() -> None:
    text = "deployment shop/checkout: nginx:A in web must not be true or 1"
    env = [{"name": "A", "value": value} for value in ("shop", "nginx:A", "true", "1", "web")]

    assert said(text, env=env, imagePullPolicy="Always") == text
