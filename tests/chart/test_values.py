"""Every setting is a value, and every value has a use, a schema and a line to explain it."""

import json
from functools import cache
from typing import Any

import pytest
import yaml

from chart_readme import CHART, readme, values
from harness.errors import HarnessError
from harness.helm import Helm, objects_of
from rollback_operator.settings import Settings

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
LEAVES = {value.path: json.loads(value.default) for value in values() if value.default is not None}

DERIVED = {
    "key_files": "signingKey.keys",
    "admission_name": "fullnameOverride",
    "lease_name": "fullnameOverride",
    "port": "port",
}
"""Settings that the chart works out, and a value that each follows."""

OWN_DEFAULTS = {"key_files", "require_admission", "leader_election", "port", "log_format"}
"""Settings that a cluster wants otherwise than a developer's terminal."""

OTHER_THAN_DEFAULT: dict[str, Any] = {
    "image.pullPolicy": "Always",
    "image.digest": f"sha256:{'0' * 64}",
    "image.pullSecrets": [{"name": "registry"}],
    "settings.logLevel": "DEBUG",
    "settings.logFormat": "plain",
    "admission.policies": "Validating",
    "extraEnv": [{"name": "TZ", "value": "UTC"}],
    "tolerations": [{"operator": "Exists"}],
    "topologySpreadConstraints": [{"maxSkew": 2}],
    "metrics.serviceMonitor.interval": "1m",
    "metrics.prometheusRule.runbook": "https://wiki.example.com/rollbacks",
    "networkPolicy.apiServerPorts": [16443],
    "networkPolicy.metricsFrom": [{"podSelector": {}}],
}
NEEDED_WITH: dict[str, dict[str, Any]] = {
    "serviceAccount.create": {"serviceAccount.name": "own"},
    "metrics.serviceMonitor.interval": {"metrics.serviceMonitor.enabled": True},
    "metrics.serviceMonitor.labels": {"metrics.serviceMonitor.enabled": True},
    "metrics.prometheusRule.labels": {"metrics.prometheusRule.enabled": True},
    "metrics.prometheusRule.runbook": {"metrics.prometheusRule.enabled": True},
    "metrics.dashboard.labels": {"metrics.dashboard.enabled": True},
}
"""What else must be set for a value to be possible, or to show."""


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_of_the_operator_is_a_value_of_the_chart(name: str) -> None:
    path = DERIVED.get(name, f"settings.{camel(name)}")

    assert path in LEAVES


def test_the_pods_have_every_setting_and_no_other(helm: Helm) -> None:
    expected = {f"ROLLBACK_{name.upper()}" for name in Settings.model_fields}

    assert {name for name in environment(helm) if name.startswith("ROLLBACK_")} == expected


def test_the_operator_reads_what_the_chart_sets(
    helm: Helm, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Settings()
    for name, value in environment(helm).items():
        monkeypatch.setenv(name, value)

    differing = {
        name for name in Settings.model_fields if getattr(Settings(), name) != getattr(plain, name)
    }

    assert differing == OWN_DEFAULTS


@pytest.mark.parametrize("path", LEAVES)
def test_every_value_makes_a_difference(helm: Helm, path: str) -> None:
    needed = set_all(NEEDED_WITH.get(path, {}))
    other = OTHER_THAN_DEFAULT.get(path, another(LEAVES[path]))

    assert helm.manifest(*needed, *set_all({path: other})) != manifest(helm, *needed)


@pytest.mark.parametrize("value", values(), ids=lambda value: str(value.path))
def test_every_value_says_what_it_is_for(value: Any) -> None:
    assert value.description[0].isupper()
    assert value.description.endswith((".", "]`.", ".)"))


def test_every_value_has_a_schema_and_no_other_is_allowed() -> None:
    assert set(schema_leaves(SCHEMA, VALUES)) == set(LEAVES) | {"global"}


def test_the_readme_is_up_to_date() -> None:
    assert (CHART / "README.md").read_text(encoding="utf-8") == readme()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("replicaCount", 2),
        ("settings.historyLimits", 5),
        ("settings.historyLimit", 1),
        ("settings.logLevel", "VERBOSE"),
        ("settings.stepServiceAccounts", ["a,b"]),
        ("image.digest", "latest"),
        ("signingKey.keys", []),
        ("signingKey.keys", ["../../etc/passwd"]),
        ("serviceAccount.create", False),
    ],
)
def test_what_cannot_be_meant_is_refused(helm: Helm, path: str, value: Any) -> None:
    with pytest.raises(HarnessError, match=path.rpartition(".")[2]):
        helm.template(*set_all({path: value}))


@cache
def manifest(helm: Helm, *flags: str) -> str:
    """Return what is rendered, once for all tests."""
    return helm.manifest(*flags)


def environment(helm: Helm) -> dict[str, str]:
    """Return the plain variables of the operator's container, as rendered."""
    [deployment] = [found for found in objects_of(manifest(helm)) if found["kind"] == "Deployment"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return {e["name"]: e.get("value", "") for e in container["env"]}


def set_all(changes: dict[str, Any]) -> list[str]:
    """Return the flags that set values."""
    return [f"--set-json={path}={json.dumps(value)}" for path, value in changes.items()]


def another(value: Any) -> Any:
    """Return a value of the same kind that is not this one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return "another"
        case list():
            return ["another"]
        case _:
            return {"another": "value"}


def camel(name: str) -> str:
    """Return `history_limit` as `historyLimit`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def schema_leaves(schema: Any, defaults: Any, prefix: str = "") -> list[str]:
    """Return the paths of all that the schema knows, going down where values.yaml does."""
    found: list[str] = []
    for name, node in schema["properties"].items():
        path, default = f"{prefix}{name}", defaults.get(name)
        if "properties" in node:
            assert node["additionalProperties"] is False, path
            found += schema_leaves(node, default, f"{path}.")
        else:
            found.append(path)
    return found
