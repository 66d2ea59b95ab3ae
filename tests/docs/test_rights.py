"""`docs/rbac.md` explains every right that the chart grants, and none besides."""

import re
from typing import TypeAlias

import pytest

from handbook.pages import ROOT
from harness.helm import Helm, Installation
from harness.objects import Object

Right: TypeAlias = tuple[str, str, str]
"""The role, the resource with its group, and the verb."""

PAGE = (ROOT / "docs" / "rbac.md").read_text()
MAIN = "rollback-operator"
NAMED = "rollback-operator-[a-z]+"


@pytest.fixture(scope="module")
def roles(installation: Installation) -> list[Object]:
    """The roles of the chart, as for a cluster that serves all of its policies."""
    rendered = Helm.of(installation.cluster).template("--set=admission.policies=All")
    return [found for found in rendered if found["kind"] in {"Role", "ClusterRole"}]


def granted(roles: list[Object]) -> set[Right]:
    """Return every right of the roles."""
    return {
        (role["metadata"]["name"], f"{group}/{resource}".lstrip("/"), verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def explained() -> set[Right]:
    """Return every right that a table explains, under the role that its section names."""
    found = set()
    for section in re.split(r"(?m)^## ", PAGE)[1:]:
        named = re.search(rf"Role `({NAMED})`", section)
        role = named[1] if named else MAIN
        for line in section.splitlines():
            if line.startswith("| `"):
                _, resources, verbs, *_ = line.split("|")
                found |= {(role, r, v) for r in _quoted(resources) for v in _quoted(verbs)}
    return found


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_right_is_explained(roles: list[Object]) -> None:
    assert granted(roles) - explained() == set(), "explain it in docs/rbac.md"


def test_nothing_is_explained_that_is_not_granted(roles: list[Object]) -> None:
    assert explained() - granted(roles) == set(), "take it out of docs/rbac.md"


def test_nothing_is_granted_that_the_page_says_is_not(roles: list[Object]) -> None:
    resources = {resource for _, resource, _ in granted(roles)}
    verbs = {verb for _, _, verb in granted(roles)}

    assert not {"secrets", "pods/log"} & resources
    assert not {"impersonate", "escalate", "bind"} & verbs
    assert not any("*" in text for right in granted(roles) for text in right)


def test_leases_and_policies_are_named_one_by_one(roles: list[Object]) -> None:
    by_name = [
        rule
        for role in roles
        for rule in role["rules"]
        if rule["apiGroups"][0] in {"coordination.k8s.io", "admissionregistration.k8s.io"}
        and rule["verbs"] != ["create"]
    ]

    assert by_name
    assert all(rule["resourceNames"] for rule in by_name)
