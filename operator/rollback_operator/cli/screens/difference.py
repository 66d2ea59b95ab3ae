"""Shows what differs between what is live and what is on record."""

from rollback_operator.cli.screen import Screen
from rollback_operator.cli.views.difference import Difference


def show_difference(screen: Screen, difference: Difference) -> None:
    """Show from, to, and a line for each thing that differs."""
    screen.line((f"deployment {difference.namespace}/{difference.name}", "bold"))
    screen.line(("live: ", "dim"), difference.left)
    screen.line(("to:   ", "dim"), difference.goal)
    screen.blank()
    for line in difference.lines or ("nothing differs",):
        screen.line(f"  {line}")
