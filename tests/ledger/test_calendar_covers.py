"""What a calendar asks for: known by its events until it is over or taken back, then let go."""

from datetime import UTC, datetime, timedelta

from rotation.ledger import CalendarCover, Ledger

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ONE = CalendarCover(1, "clinic", "one@x", "a1", NOON + DAY)
TWO = CalendarCover(2, "clinic", "two@x", "b2", NOON + 2 * DAY)
OTHER = CalendarCover(3, "office", "one@x", "a1", NOON + DAY)


def test_a_calendar_knows_its_own_until_they_are_over_or_taken_back(ledger: Ledger) -> None:
    with ledger.writing() as books:
        books.calendar_covers.keep([])
        books.calendar_covers.keep([TWO, ONE, OTHER])
        books.calendar_covers.call([2], "another@x")
        assert [c.event for c in books.calendar_covers.ahead("clinic", NOON)] == [
            "one@x", "another@x"
        ]  # fmt: skip
        assert books.calendar_covers.calendars(NOON) == {"clinic": 2, "office": 1}
        books.calendar_covers.let_go([2], NOON)
        assert books.calendar_covers.ahead("clinic", NOON) == (ONE,)
        assert books.calendar_covers.ahead("clinic", NOON + DAY) == ()
        assert books.calendar_covers.calendars(NOON + DAY) == {}
    with ledger.writing() as books:
        gone = books.retention.let_go(NOON + DAY / 2, NOON + 400 * DAY, 100, "rotation")
    assert gone.rows == {"calendar_covers": 1}


def test_what_is_noted_under_one_prefix_is_found_together(ledger: Ledger) -> None:
    with ledger.writing() as books:
        for key in ("calendar/a", "calendar/b-2", "calendars", "calendar"):
            books.meta.put(key, key.upper())
    with ledger.reading() as books:
        found = books.meta.under("calendar/")
    assert found == {"calendar/a": "CALENDAR/A", "calendar/b-2": "CALENDAR/B-2"}
