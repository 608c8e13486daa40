"""Tokens: found by their secret while they are good, and kept as a digest only."""

from datetime import datetime, timedelta

from sqlalchemy import select

from rotation.ledger import Ledger, Rights, tables


def test_a_token_is_found_by_its_secret_and_by_nothing_else(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        made, secret = books.tokens.make("Mara", "otto", now)
        other, _ = books.tokens.make("Otto", "otto", now)
    with ledger.reading() as books:
        assert books.tokens.find(secret, now) == made
        assert made.rights is Rights.VIEWER
        wrong = ("", secret[:-1], secret + "x", secret.replace(made.prefix, other.prefix),
                 f"rot_{made.prefix}_{'A' * 43}", "rot_0000000000_" + secret[-43:])  # fmt: skip
        assert [books.tokens.find(one, now) for one in wrong] == [None] * len(wrong)


def test_a_token_opens_until_it_ends_or_is_ended(ledger: Ledger, now: datetime) -> None:
    later = now + timedelta(hours=1)
    with ledger.writing() as books:
        made, secret = books.tokens.make("Mara", "otto", now, later)
        assert books.tokens.find(secret, later - timedelta(seconds=1)) == made
        assert books.tokens.find(secret, later) is None
        assert books.tokens.end(made.prefix, now)
        assert books.tokens.find(secret, now) is None
        assert not books.tokens.end(made.prefix, now)
        assert not books.tokens.end("none", now)
        assert [one.ended_at for one in books.tokens.all()] == [now]


def test_a_token_for_a_calendar_opens_just_that_one_and_no_page(
    ledger: Ledger, now: datetime
) -> None:
    with ledger.writing() as books:
        made, secret = books.tokens.make("Ana", "otto", now, calendar="people/ana")
        _, of_pages = books.tokens.make("Mara", "otto", now)
        assert made.rights is Rights.CALENDAR
        assert books.tokens.find(secret, now, "people/ana") == made
        for other in ("", "people/ben", "groups/ana", "people/an", "people/ana2"):
            assert books.tokens.find(secret, now, other) is None
        assert books.tokens.find(of_pages, now, "people/ana") is None


def test_an_admin_may_what_an_operator_may_and_a_calendar_opens_nothing_else() -> None:
    people = (Rights.VIEWER, Rights.OPERATOR, Rights.ADMIN)
    for n, has in enumerate(people):
        assert [has.include(needed) for needed in people] == [n >= k for k in range(3)]
        assert not has.include(Rights.CALENDAR)
        assert not Rights.CALENDAR.include(has)


def test_a_token_reaches_the_teams_it_names_or_with_none_everything(
    ledger: Ledger, now: datetime
) -> None:
    with ledger.writing() as books:
        made, secret = books.tokens.make(
            "Otto", "otto", now, rights=Rights.OPERATOR, teams=("vip", "eu", "vip")
        )
        plain, _ = books.tokens.make("Mara", "otto", now)
        assert books.tokens.find(secret, now) == made
    assert (made.rights, made.teams) == (Rights.OPERATOR, ("eu", "vip"))
    assert [made.reaches(t) for t in ("eu", "vip", "asia", "", None)] == [True, True, *[False] * 3]
    assert all(plain.reaches(t) for t in ("eu", "", None))


def test_no_row_holds_a_secret(ledger: Ledger, now: datetime) -> None:
    with ledger.writing() as books:
        _, secret = books.tokens.make("Mara", "otto", now)
        books.tokens.note_used(1, now)
        (row,) = books.tokens._conn.execute(select(tables.tokens)).all()  # noqa: SLF001 - looks below the promise
    assert secret.split("_", 2)[2] not in repr(row)


def test_the_pulse_is_another_one_after_each_commit_and_after_nothing_else(
    ledger: Ledger, now: datetime
) -> None:
    before = ledger.pulse()
    with ledger.reading() as books:
        books.tokens.all()
    assert ledger.pulse() == before
    with ledger.writing() as books:
        books.tokens.make("Mara", "otto", now)
    assert ledger.pulse() != before
