"""What may be asked for is read as it is meant."""

import pytest
from pydantic import ValidationError

from builders import a_request


def test_a_time_is_read_in_utc() -> None:
    as_of = a_request().saying(asOf="2030-01-01T14:00:00+02:00").build().spec.as_of

    assert as_of is not None
    assert as_of.isoformat() == "2030-01-01T12:00:00+00:00"


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_no_calendar_has_is_refused_with_what_to_give_instead(time: str) -> None:
    with pytest.raises(ValidationError) as caught:
        a_request().saying(asOf=time).build()

    (error,) = caught.value.errors()
    assert error["msg"] == "Value error, give a time between the years 1 and 9999, in UTC"
