"""The feature flag: the most specific place that says anything decides."""

import pytest

from rollback_operator.domain.flags import disabled_by, marks_of_namespace

ON = {"rollback-operator.dev/rollback": "enabled"}
OFF = {"rollback-operator.dev/rollback": "disabled"}
OUT = {"rollback-operator.dev/record": "disabled"}
ODD = {"rollback-operator.dev/rollback": "perhaps"}


@pytest.mark.parametrize(
    ("deployment", "namespace", "enabled", "expected"),
    [
        ({}, {}, True, None),
        ({}, {}, False, "the operator's setting ROLLBACK_ENABLED=false"),
        (OFF, ON, True, "the label rollback-operator.dev/rollback=disabled on the Deployment"),
        ({}, OFF, True, "the flag rollback-operator.dev/rollback=disabled on the namespace"),
        (ON, OFF, False, None),
        ({}, ON, False, None),
        (OUT | ON, ON, True, "the label rollback-operator.dev/record=disabled on the Deployment"),
        (ODD, OFF, True, "the flag rollback-operator.dev/rollback=disabled on the namespace"),
        (ODD, ODD, False, "the operator's setting ROLLBACK_ENABLED=false"),
    ],
)
def test_the_most_specific_flag_decides(
    deployment: dict[str, str],
    namespace: dict[str, str],
    enabled: bool,  # noqa: FBT001 - a table
    expected: str | None,
) -> None:
    assert disabled_by(deployment, namespace, enabled=enabled) == expected


@pytest.mark.parametrize(
    ("labels", "annotations", "expected"),
    [
        (None, None, {}),
        ({"team": "shop"}, OFF, {"team": "shop"} | OFF),
        (ON, OFF, ON),
        (OFF, ON, OFF),
        ({}, {"team": "shop"} | OUT, {}),
    ],
)
def test_a_namespace_may_have_the_flag_as_an_annotation_and_a_label_wins(
    labels: dict[str, str] | None, annotations: dict[str, str] | None, expected: dict[str, str]
) -> None:
    metadata = {"labels": labels, "annotations": annotations}

    assert marks_of_namespace(metadata) == expected
