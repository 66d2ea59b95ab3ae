"""Strategies: what people do and ask for, drawn at random."""

from hypothesis import strategies as st

from model.reference import Ask
from model.versions import Choice, Version

names = st.sampled_from(["web", "web", "web", "api"])
versions = st.builds(Version, st.sampled_from("ABCDEFX"), st.sampled_from("12"))
kills = st.none() | st.tuples(st.integers(0, 9), st.booleans())
choices = (
    st.just(Choice())
    | st.just(Choice("Artifacts"))
    | st.builds(
        Choice,
        st.just("Selected"),
        st.lists(st.sampled_from(["web/image", "web/config", "web"]), min_size=1, unique=True).map(
            tuple
        ),
    )
)
asks = st.builds(
    Ask,
    to_revision=st.none() | st.integers(1, 12),
    from_image=st.none() | st.none() | st.sampled_from("ABCDEFZ"),
    choice=st.just(Choice()) | choices,
    unfinished=st.sampled_from(["Refuse", "Refuse", "Wait", "Abandon", "Abandon"]),
    dry_run=st.sampled_from([False, False, False, True]),
) | st.builds(
    Ask, to_image=st.sampled_from("ABCDEF"), unfinished=st.sampled_from(["Refuse", "Abandon"])
)
