"""What the chart makes for Prometheus and Grafana, where it is asked to."""

import json

import yaml

from harness.helm import CHART, Helm, Object

ALERTS = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())["alerts"]


def test_by_default_there_is_none(helm: Helm) -> None:
    """Their custom resources may not be there."""
    kinds = {found["kind"] for found in helm.template()}

    assert not kinds & {"ServiceMonitor", "PrometheusRule", "ConfigMap", "Service"}


def test_prometheus_finds_every_replica(helm: Helm) -> None:
    objects = with_(helm, "serviceMonitor")
    [monitor], [service] = (of_kind(objects, kind) for kind in ("ServiceMonitor", "Service"))
    [deployment] = of_kind(objects, "Deployment")
    [container] = deployment["spec"]["template"]["spec"]["containers"]

    selected = monitor["spec"]["selector"]["matchLabels"]
    assert selected.items() <= service["metadata"]["labels"].items()
    pods = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= pods.items()
    assert service["spec"]["ports"][0]["targetPort"] in {p["name"] for p in container["ports"]}
    assert [e["port"] for e in monitor["spec"]["endpoints"]] == ["http"]
    assert service["spec"]["publishNotReadyAddresses"] is True


def test_every_alert_is_there_with_a_link_to_its_paragraph(helm: Helm) -> None:
    [rule] = of_kind(with_(helm, "prometheusRule"), "PrometheusRule")
    [group] = rule["spec"]["groups"]

    assert [r["expr"] for r in group["rules"]] == [a["expr"] for a in ALERTS]
    for rendered, alert in zip(group["rules"], ALERTS, strict=True):
        assert rendered["annotations"]["summary"] == alert["summary"]
        anchor = rendered["annotations"]["runbook_url"].partition("#")[2]
        assert anchor == alert["alert"].lower()


def test_the_dashboard_is_the_file(helm: Helm) -> None:
    [found] = of_kind(with_(helm, "dashboard"), "ConfigMap")

    shown = json.loads(found["data"]["rollback-operator.json"])
    assert shown == json.loads((CHART / "files" / "dashboard.json").read_text())
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"


def with_(helm: Helm, part: str) -> list[Object]:
    """Return what is rendered with one part of it."""
    return helm.template(f"--set=metrics.{part}.enabled=true")


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    """Return the objects of a kind."""
    return [found for found in objects if found["kind"] == kind]
