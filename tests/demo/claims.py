"""What the demo says is checked: a claim that does not hold ends the play."""


class Untrue(Exception):
    """Something differs from what the demo says; the text is all that people are shown."""


def check(what: str, actual: object, expected: object) -> None:
    """Fail unless both are equal."""
    if actual != expected:
        message = f"{what}: expected {expected!r}, but it is {actual!r}."
        raise Untrue(message)


def check_contains(what: str, text: str, part: str) -> None:
    """Fail unless the text has that part."""
    if part not in text:
        message = f"{what}: expected {part!r} in it, but it is {text!r}."
        raise Untrue(message)
