"""The same wall time by other rules of clocks is what the resolver makes of it."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rotation.core.clocks import instant, local_date, offsets, readings, reread

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
ZONES = st.sampled_from(
    ["Europe/Lisbon", "America/New_York", "Asia/Tokyo", "Africa/Casablanca", "Australia/Lord_Howe"]
)
CHANGES = st.sampled_from(["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-25", "2026-11-01"])


DAYS = CHANGES.map(date.fromisoformat) | st.dates(date(2026, 2, 1), date(2027, 11, 1))


@given(ZONES, ZONES, DAYS, st.integers(0, 1439))
def test_a_wall_time_by_other_rules_is_when_the_clocks_of_those_rules_show_it(
    zone: str, other: str, day: date, minute: int
) -> None:
    rules, others = (offsets(one, SINCE, UNTIL) for one in (zone, other))
    for at in readings(day, minute, zone):
        assert reread(at, rules, others) == instant(day, minute, other)


def test_before_the_first_of_the_rules_that_one_counts() -> None:
    lisbon, tokyo = (offsets(zone, SINCE, UNTIL) for zone in ("Europe/Lisbon", "Asia/Tokyo"))
    at = SINCE - timedelta(days=1)
    assert reread(at, lisbon, tokyo) == at - timedelta(hours=9)
    assert len(lisbon) == 1 + 4
    assert local_date(lisbon[1][0], "Europe/Lisbon") == date(2026, 3, 29)
