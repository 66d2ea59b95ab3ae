"""For any Deployment: a claim fits the very object that it was made for, and no other."""

from hypothesis import assume, given
from hypothesis import strategies as st

from builders import DeploymentBuilder, Version, a_deployment, a_template
from patching import Failed, patched
from rollback_operator.domain.json_patch import claim_patch
from rollback_operator.domain.names import CLAIM
from rollback_operator.domain.template import Template

TEXTS = st.text(max_size=5)
VERSIONS = st.builds(
    lambda letter, restarted, args: a_template(letter, restarted=restarted, args=args),
    st.sampled_from("ABC"),
    st.sampled_from([None, "12:00"]),
    st.lists(TEXTS, max_size=2),
)


@st.composite
def deployments(draw: st.DrawFn) -> DeploymentBuilder:
    """Draw a Deployment, with or without annotations, a claim, a pause."""
    template: Version = draw(VERSIONS)
    live = a_deployment(template).of_uid(draw(st.sampled_from(["u1", "u2"])))
    if draw(st.booleans()):
        live = live.without_annotations()
    live = live.annotated(draw(st.dictionaries(st.sampled_from([CLAIM, "~/"]), TEXTS)))
    return live.paused() if draw(st.booleans()) else live


@given(deployments(), VERSIONS, TEXTS)
def test_a_claim_fits_the_object_that_it_was_made_for(
    live: DeploymentBuilder, result: Template, claim: str
) -> None:
    after = patched(live.obj, claim_patch(live.build(), claim, result))

    assert after["spec"] == {**live.obj["spec"], "template": result.body}
    others = {k: v for k, v in (live.obj["metadata"]["annotations"] or {}).items() if k != CLAIM}
    assert after["metadata"]["annotations"] == {**others, CLAIM: claim}


@given(deployments(), deployments(), VERSIONS)
def test_a_claim_fits_no_object_that_differs_in_what_was_judged(
    judged: DeploymentBuilder, live: DeploymentBuilder, result: Template
) -> None:
    one, other = judged.build(), live.build()
    assume(
        (one.uid, one.template, one.paused, one.annotation(CLAIM))
        != (other.uid, other.template, other.paused, other.annotation(CLAIM))
    )

    try:
        patched(live.obj, claim_patch(one, "claim", result))
    except Failed:
        return
    message = "a claim was accepted that was made for another state"
    raise AssertionError(message)
