"""A screen of a document is held against the real one, but for what differs each time."""

import pytest

from handbook.screens import agrees

UPGRADED = 'Release "web" has been upgraded.'
HUNG_UP = (
    "E1125 08:22:24.958499   15674 request.go:1198]"
    ' "Unexpected error when reading response body" err="context canceled"\n'
)
REFUSED = 'E1125 08:22:24.958499   15674 request.go:1198] "Forbidden" err="no"\n'


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        (UPGRADED, UPGRADED),
        (UPGRADED, HUNG_UP + UPGRADED),
        (f"{UPGRADED}\n…", f"{UPGRADED}\nNAME: web\nNOTES:\n"),
        ("web   3s", "web 1m20s"),
        ("web…", "web has been upgraded"),
    ],
)
def test_what_differs_each_time_does_not_count(shown: str, actual: str) -> None:
    assert agrees(shown, actual)


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        (UPGRADED, REFUSED + UPGRADED),
        (UPGRADED, f"{UPGRADED}\nNAME: web"),
        (f"{UPGRADED}\n…\nNOTES:", UPGRADED),
        ("web 3s", "api 3s"),
    ],
)
def test_everything_else_does(shown: str, actual: str) -> None:
    assert not agrees(shown, actual)
