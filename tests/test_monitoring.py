"""Alerts and dashboard use metrics that exist, and somebody knows what to do when one fires."""

import json
import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.metrics import PREFIX, Metrics
from rollback_operator.reference import metrics_page

ROOT = Path(__file__).parents[1]
FILES = ROOT / "charts" / "rollback-operator" / "files"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ALERTS: list[dict[str, Any]] = yaml.safe_load((FILES / "alerts.yaml").read_text())["alerts"]
DASHBOARD = json.loads((FILES / "dashboard.json").read_text())
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]

PROCESS = {"process_start_time_seconds"}
"""Metrics of the process itself that are used here."""
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}

every_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
every_query = pytest.mark.parametrize("query", [*(a["expr"] for a in ALERTS), *QUERIES])


def series() -> dict[str, set[str]]:
    """Return what Prometheus will have: labels by name."""
    found = {
        definition.name + suffix: {*definition.labels, *(["le"] if suffix == "_bucket" else [])}
        for definition in Metrics().definitions
        for suffix in SUFFIXES[definition.kind]
    }
    return found | {name: set() for name in PROCESS}


@every_query
def test_it_is_a_query_that_prometheus_understands(query: str) -> None:
    assert promql_parser.parse(query.replace("$namespace", "shop")).prettify()


@every_query
def test_it_asks_for_metrics_that_exist(query: str) -> None:
    asked = set(re.findall(rf"\b(?:{PREFIX}|process)_\w+", query))

    assert asked
    assert asked <= set(series())


@every_query
def test_it_asks_for_labels_that_they_have(query: str) -> None:
    """Those of the target itself come from Prometheus."""
    of_target = {"namespace", "job", "pod", "instance"}
    known = series()
    for name, matchers in re.findall(rf"({PREFIX}_\w+){{([^}}]*)}}", query):
        assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers)) <= known[name] | of_target
    everything = set().union(*known.values(), of_target)
    for grouping in re.findall(r"\b(?:by|on) \(([^)]*)\)", query):
        assert set(re.split(r",\s*", grouping)) <= everything


@every_alert
def test_it_has_a_paragraph_in_the_runbook(alert: dict[str, Any]) -> None:
    _, _, rest = RUNBOOK.partition(f"\n## {alert['alert']}\n")

    assert len(rest.partition("\n## ")[0].strip()) > 100


def test_the_runbook_has_no_paragraph_for_an_alert_that_is_gone() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE) == [a["alert"] for a in ALERTS]


@every_alert
def test_it_says_what_is_wrong_how_bad_that_is_and_what_follows(alert: dict[str, Any]) -> None:
    assert alert["severity"] in {"critical", "warning", "info"}
    assert re.fullmatch(r"\d+[mh]", alert["for"])
    assert alert["summary"].endswith(".")
    assert alert["description"].endswith(".")


@every_alert
def test_it_names_phases_and_reasons_that_exist(alert: dict[str, Any]) -> None:
    for label, known in (("phase", Phase), ("reason", Reason)):
        for text in re.findall(rf'{label}=~?"([^"]*)"', alert["expr"]):
            assert set(text.split("|")) <= {member.value for member in known}


@every_alert
def test_it_names_labels_that_its_query_keeps(alert: dict[str, Any]) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", alert["summary"] + alert["description"]))
    grouped = re.findall(r"\bby \(([^)]*)\)", alert["expr"])

    assert named <= {label for group in grouped for label in re.split(r",\s*", group)}


def test_every_metric_of_ours_is_documented_and_named_by_convention() -> None:
    page = metrics_page()
    for definition in Metrics().definitions:
        assert f"`{definition.name}`" in page
        assert definition.name.startswith(f"{PREFIX}_")
        assert definition.name.endswith("_total") == (definition.kind == "counter")
        assert definition.meaning.endswith(".")


def test_every_metric_is_made_from_its_definition() -> None:
    metrics = Metrics()
    ours = {m.name for m in metrics.registry.collect() if m.name.startswith(PREFIX)}

    assert ours == {d.name.removesuffix("_total") for d in metrics.definitions}
