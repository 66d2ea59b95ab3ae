"""What a structural schema cannot say is noticed when the CRD is written."""

import pytest
from pydantic import BaseModel, Field

from rollback_operator.structural_schema import structural


def test_what_a_crd_cannot_say_is_an_error_and_not_left_out() -> None:
    class Stepped(BaseModel):
        """A model that asks for more than a structural schema can say here."""

        size: int = Field(multiple_of=3)

    with pytest.raises(ValueError, match="a CRD cannot say multipleOf"):
        structural(Stepped)


def test_a_choice_between_types_is_an_error() -> None:
    class Torn(BaseModel):
        """A model with a union, which no structural schema can have."""

        size: int | str

    with pytest.raises(ValueError, match="too many values"):
        structural(Torn)
