"""Times that no release ever had: each is refused by the API server, or answered with a reason."""

import pytest

from harness.shop import Shop

TIMES = {
    "the_beginning_of_time": ("0001-01-01T00:00:00Z", "BeforeHistory"),
    "before_the_beginning_of_time": ("0001-01-01T00:00:00+14:00", "InvalidRequest"),
    "after_the_end_of_time": ("9999-12-31T23:59:59-14:00", "InvalidRequest"),
    "the_end_of_time": ("9999-12-31T23:59:59Z", "FutureAsOf"),
    "the_epoch": ("1970-01-01T00:00:00Z", "BeforeHistory"),
    "nanoseconds": ("2020-05-01T14:00:00.123456789Z", "BeforeHistory"),
    "small_letters": ("2020-05-01t14:00:00z", "BeforeHistory"),
    "a_leap_second": ("2016-12-31T23:59:60Z", "BeforeHistory"),
    "a_half_hour_zone": ("2020-05-01T14:00:00+05:30", "BeforeHistory"),
    "unknown_zone": ("2020-05-01T14:00:00-00:00", "BeforeHistory"),
    "next_year_s_zone": ("2020-05-01T14:00:00+99:99", None),
    "no_zone": ("2020-05-01T14:00:00", None),
    "no_time": ("2020-05-01", None),
    "the_thirtieth_of_february": ("2020-02-30T00:00:00Z", None),
    "the_twenty_fifth_hour": ("2020-05-01T25:00:00Z", None),
    "a_word": ("yesterday", None),
    "a_number": ("1588341600", None),
    "nothing": ("", None),
    "a_comma_for_a_point": ("2020-05-01T14:00:00,5Z", "BeforeHistory"),
}


@pytest.mark.parametrize("case", TIMES)
def test_it_is_refused_in_time(shop: Shop, case: str) -> None:
    """What the operator cannot read it would never answer."""
    as_of, reason = TIMES[case]
    shop.deploy("nginx:1", labels={"part-of": "shop"}, replicas=1)
    shop.until_recorded(snapshots=1)
    manifest = f"""
apiVersion: rollback-operator.dev/v1alpha1
kind: RollbackRequest
metadata: {{name: back}}
spec: {{selector: {{matchLabels: {{part-of: shop}}}}, asOf: "{as_of}"}}
"""
    created = shop.kubectl("create", "-f", "-", input=manifest, check=False)

    if created.returncode:
        assert "asOf" in created.stderr
        assert reason in {None, "BeforeHistory"}
    else:
        assert shop.until_over()["reason"] == reason
