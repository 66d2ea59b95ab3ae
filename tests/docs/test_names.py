"""What the documents name exists: reasons, settings, labels, values, make targets, files."""

import re
from collections.abc import Iterator

import pytest
import yaml

from handbook.pages import ROOT, Page, pages
from rollback_operator.crd import definition
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.reference import metrics_page
from rollback_operator.settings import Settings

PAGES = [page for page in pages() if page.name != "CHANGELOG.md"]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))

OURS = ROOT / "operator" / "rollback_operator"
SOURCES = "\n".join(file.read_text() for file in OURS.rglob("*.py"))
EVENTS = set(re.findall(r'event\(about, "(\w+)"', SOURCES))
"""Reasons of Events that are no reasons of requests."""
CHART = "\n".join(
    file.read_text()
    for file in (ROOT / "charts" / "rollback-operator").rglob("*")
    if file.suffix in {".yaml", ".tpl", ".txt"}
)
HARNESS = "\n".join(file.read_text() for file in (ROOT / "tests" / "harness").rglob("*.py"))

KEY = r"(?<!rollbackrequest\.)rollback-operator\.dev/([a-z]+(?:-[a-z]+)*)(?![a-z0-9])"
HUMPED = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")
OF_OTHERS = set(
    re.findall(
        r"\w+",
        """
    ClusterRole ClusterRoleBinding ConfigMap CronJob DaemonSet GitRepository HelmRelease
    Kustomization MutatingAdmissionPolicy NetworkPolicy PersistentVolumeClaim
    PodDisruptionBudget PriorityClass PrometheusRule ReplicaSet ResourceQuota RoleBinding
    ServiceAccount ServiceMonitor StatefulSet ValidatingAdmissionPolicy ImagePullBackOff
    ContainerCreating CrashLoopBackOff NewReplicaSetAvailable ProgressDeadlineExceeded
    RespectIgnoreDifferences
    """,
    )
)
"""Words of Kubernetes and its tools that look like one of our reasons."""


def enumerated(schema: object) -> Iterator[str]:
    """Yield every word that a field of the resource may have."""
    if isinstance(schema, dict):
        yield from (str(word) for word in schema.get("enum", ()))
        for child in schema.values():
            yield from enumerated(child)
    if isinstance(schema, list):
        for child in schema:
            yield from enumerated(child)


@each_page
def test_every_reason_exists(page: Page) -> None:
    named = {name for name in page.names if HUMPED.fullmatch(name)} - OF_OTHERS
    known = {*Reason, *Phase, *EVENTS, *enumerated(definition()), "RollbackRequest", "Rollbackable"}
    classes = set(re.findall(r"(?m)^class (\w+)", SOURCES))

    assert named - known - (classes if is_for_developers(page) else set()) == set()


@each_page
def test_every_setting_exists(page: Page) -> None:
    named = set(re.findall(r"ROLLBACK_[A-Z_]+", page.text)) - {"ROLLBACK_"}
    known = {f"ROLLBACK_{name.upper()}" for name in Settings.model_fields}

    assert {name for name in named - known if name not in HARNESS} == set()


@each_page
def test_every_metric_exists(page: Page) -> None:
    assert metrics_in(page.text) <= metrics_in(metrics_page())


@each_page
def test_every_label_and_annotation_exists(page: Page) -> None:
    named = set(re.findall(KEY, page.text))
    known = SOURCES + CHART

    assert {key for key in named if f'/{key}"' not in known and f'"{key}"' not in known} == set()


@each_page
def test_every_make_target_exists(page: Page) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    named = {m for name in page.names for m in re.findall(r"^make ([a-z-]+)", name)}

    assert named <= targets


@each_page
def test_every_file_exists(page: Page) -> None:
    folders = ("crds/", "charts/", "docs/", "examples/", "operator/", "tests/", "requirements")
    named = {n for n in page.names if n.startswith(folders) and re.fullmatch(r"[\w./-]+\.\w+", n)}

    assert {name for name in named if not (ROOT / name).exists()} == set()


@each_page
def test_every_chart_value_exists(page: Page) -> None:
    values = yaml.safe_load((ROOT / "charts/rollback-operator/values.yaml").read_text())
    groups = {name for name, value in values.items() if isinstance(value, dict) and value}
    named = {n for n in page.names if n.partition(".")[0] in groups and re.fullmatch(r"[\w.]+", n)}

    for name in named:
        found = values
        for part in name.split("."):
            assert part in found, f"{page.name}: {name}"
            found = found[part]


def metrics_in(text: str) -> set[str]:
    """Return the metrics that a text names, each histogram once."""
    named = re.findall(r"rollback_operator_[a-z_]+[a-z]", text)
    return {re.sub("_(bucket|sum|count)$", "", name) for name in named}


def is_for_developers(page: Page) -> bool:
    """Whether a page may name what is inside."""
    inside = ("docs/architecture.md", "docs/decisions/", "CONTRIBUTING.md", "docs/threat-model.md")
    return page.name.startswith(inside)
