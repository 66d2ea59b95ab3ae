"""For any history: it is read back as it was written, cut at its old end, below the caps."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from builders import KEYRING, NOON, UID, a_snapshot, a_template, with_metadata
from rollback_operator.domain.annotations import HARD_CAP, decode, fit, size
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.snapshot import Executed, History, Origin, Snapshot

IDS = st.text("0123456789abcdef", min_size=10, max_size=10)
TEXTS = st.text(max_size=40).filter(lambda text: "\x00" not in text)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw a snapshot of any kind."""
    template = with_metadata(a_template(draw(st.sampled_from("ABC"))), labels={"note": draw(TEXTS)})
    minutes = timedelta(minutes=draw(st.integers(0, 10_000)))
    return a_snapshot(
        template,
        id=draw(IDS),
        revision=draw(st.integers(1, 2**31)),
        completed=NOON + minutes,
        origin=draw(st.sampled_from(Origin)),
        verified=draw(st.booleans()),
        gap=draw(st.booleans()),
        cause=draw(st.none() | TEXTS.filter(bool)),
        manager=draw(st.none() | TEXTS.filter(bool)),
        started=draw(st.sampled_from([None, NOON])),
        below=draw(st.none() | IDS),
        returned_to=draw(st.none() | IDS),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history."""
    kept = draw(st.lists(snapshots(), min_size=1, max_size=5, unique_by=lambda s: s.id))
    lines = st.builds(Executed, IDS, TEXTS, IDS)
    return History(
        uid=UID,
        sequence=draw(st.integers(1, 2**31)),
        revision=draw(st.integers(1, 2**31)),
        snapshots=tuple(kept),
        executed=tuple(draw(st.lists(lines, max_size=5))),
        truncated=draw(st.booleans()),
        signed=True,
    )


@given(histories())
def test_what_is_written_is_read(history: History) -> None:
    fitting = fit(history, KEYRING, HARD_CAP, 50)

    assert fitting is not None
    assert decode(fitting[1], UID, KEYRING) == fitting[0] == history


@given(histories(), st.integers(-10, 6_000), st.integers(1, 6))
def test_what_is_kept_is_the_newest_and_never_takes_more_than_the_room(
    history: History, room: int, limit: int
) -> None:
    fitting = fit(history, KEYRING, room, limit)
    if fitting is None:
        alone = fit(history.truncated_to(1), KEYRING, HARD_CAP, 1)
        assert alone is not None
        assert size(alone[1]) > room
        return

    kept, annotations = fitting

    assert size(annotations) <= min(room, HARD_CAP)
    assert kept.snapshots == history.snapshots[-len(kept.snapshots) :]
    assert len(kept.snapshots) <= limit
    assert decode(annotations, UID, KEYRING) == replace(kept, signed=True)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), st.text())
def test_no_text_at_all_breaks_the_reader(index: str, templates: str) -> None:
    assert decode({HISTORY: index, TEMPLATES: templates}, UID, KEYRING) is None
