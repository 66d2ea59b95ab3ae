"""What the options promise is what the resource does."""

import click
import pytest

from rollback_operator.cli import ages, wishes
from rollback_operator.cli.commands.to import to
from rollback_operator.cli.connection import FLAGS, OPTIONS
from rollback_operator.cli.wishes import SPEC_FIELDS
from rollback_operator.domain.spec import OnFailure, Order, Spec, UnfinishedRollout

FIELD_OF = {field.alias or name: field for name, field in Spec.model_fields.items()}


def option(name: str) -> click.Option:
    """Return an option of the command."""
    found = next(param for param in to.params if param.name == name)
    assert isinstance(found, click.Option)
    return found


@pytest.mark.parametrize("name", SPEC_FIELDS)
def test_every_option_sets_a_field_that_exists(name: str) -> None:
    assert SPEC_FIELDS[name] in FIELD_OF
    assert option(name).opts


@pytest.mark.parametrize(
    "name", ["unfinished", "on_failure", "order", "target_timeout", "starting_deadline"]
)
def test_the_help_tells_the_resources_own_defaults(name: str) -> None:
    told = str(option(name).help).partition("[default: ")[2].rstrip("]")
    default = FIELD_OF[SPEC_FIELDS[name]].default

    assert (ages.duration(told) if isinstance(default, int) else told) == default


def test_the_choices_are_those_of_the_resource() -> None:
    assert [*wishes.ON_FAILURE] == [*OnFailure]
    assert [*wishes.ORDERS] == [*Order]
    assert [*wishes.UNFINISHED] == [*UnfinishedRollout]


def test_the_flags_that_may_stand_first_are_those_of_every_command() -> None:
    @click.command()
    def command() -> None:
        """Do nothing."""

    for decorate in OPTIONS:
        decorate(command)

    declared = {flag for param in command.params for flag in param.opts}
    assert declared == FLAGS
