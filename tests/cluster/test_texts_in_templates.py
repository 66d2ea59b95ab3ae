"""What people write into commands and variables is no reason to fail.

The API server compares the texts of a patch's tests as they are encoded: `&&` and umlauts too.
"""

import pytest

from harness.objects import Object, annotations
from harness.shop import Shop

TEXTS = {
    "a-shell-command": "cd /app && ./run < in > out 2>&1 || exit 1",
    "another-script": "Größe 発売 🚀",
    "quotes": """'a' "b" `c` \\ \\n""",
    "separators": "a\u2028b\u2029c\x85d",
    "control-characters": "\x1b[2J\a\b\f\n\r\t\x7f",
    "markup": "<b>&amp;</b>",
}
CAUSE = "kubernetes.io/change-cause"


def a_pod(image: str, text: str) -> Object:
    """Return a pod spec with the text wherever there may be any."""
    container = {
        "name": "app",
        "image": image,
        "args": [text],
        "env": [{"name": "TEXT", "value": text}],
    }
    return {"containers": [container]}


@pytest.mark.parametrize("case", TEXTS)
def test_a_version_with_such_a_text_is_left_and_restored_as_it_was(shop: Shop, case: str) -> None:
    text = TEXTS[case]
    shop.deploy(pod=a_pod("nginx:1", text), annotations={CAUSE: text}, replicas=1)
    shop.until_recorded(snapshots=1)
    before = shop.deployment()["spec"]["template"]
    change = {"template": {"spec": a_pod("nginx:2", f"{text} again")}}
    shop.patch({"metadata": {"annotations": {CAUSE: f"{text} again"}}, "spec": change})
    shop.until_recorded(snapshots=2)

    status = shop.roll_back()

    assert (status["phase"], status["reason"]) == ("Completed", "RolledBack")
    assert shop.deployment()["spec"]["template"] == before
    assert annotations(shop.deployment())[CAUSE] == f"{text} again"
