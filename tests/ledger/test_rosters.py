"""Which roster is in force, which one waits for a person, and what is kept of both."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from rotation.core.roster import GroupId, PersonId, Roster
from rotation.core.timeline import Timeline
from rotation.ledger import Books, IdentityClash, Ledger, NotHeld, RosterVersion, Standing

ANA, BEN = "+351911111111", "+351922222222"
HOUR = timedelta(hours=1)
Build = Callable[..., Roster]


def digests(versions: list[RosterVersion]) -> list[tuple[str, Standing]]:
    return [(v.digest, v.state) for v in versions]


def test_nothing_is_in_force_before_the_first_roster(books: Books) -> None:
    assert books.rosters.in_force() is None
    assert books.rosters.held() is None
    assert books.rosters.versions() == []


def test_the_roster_in_force_is_a_function_of_the_instant(
    books: Books, roster: Build, now: datetime
) -> None:
    one, two = roster(ana=ANA), roster(ana=ANA, ben=BEN)
    books.rosters.adopt(one, "one", now, "2026b")
    books.rosters.adopt(two, "two", now + HOUR, "2026b")
    assert books.rosters.in_force(now - HOUR) is None
    assert books.rosters.in_force(now) == ("one", one)
    assert books.rosters.in_force(now + HOUR) == ("two", two)
    assert books.rosters.in_force() == ("two", two)
    assert digests(books.rosters.versions()) == [
        ("two", Standing.IN_FORCE),
        ("one", Standing.PAST),
    ]


def test_adopting_what_is_in_force_adds_no_version(
    books: Books, roster: Build, now: datetime
) -> None:
    for later in range(3):
        assert books.rosters.adopt(roster(ana=ANA), "one", now + later * HOUR, "2026b") == "one"
    assert [v.adopted_at for v in books.rosters.versions()] == [now]


def test_new_zone_data_under_the_same_roster_is_a_version_of_its_own(
    books: Books, roster: Build, now: datetime
) -> None:
    books.rosters.adopt(roster(ana=ANA), "one", now, "2026b")
    books.rosters.adopt(roster(ana=ANA), "one", now + HOUR, "2026c")
    assert [v.zone_data for v in books.rosters.versions()] == ["2026c", "2026b"]


def test_a_roster_can_come_back(books: Books, roster: Build, now: datetime) -> None:
    one, two = roster(ana=ANA), roster(ana=ANA, ben=BEN)
    for later, (text, digest) in enumerate([(one, "one"), (two, "two"), (one, "one")]):
        books.rosters.adopt(text, digest, now + later * HOUR, "2026b")
    assert books.rosters.in_force() == ("one", one)
    assert len(books.rosters.versions()) == 3


def test_a_clock_set_back_does_not_revive_an_older_roster(
    books: Books, roster: Build, now: datetime
) -> None:
    books.rosters.adopt(roster(ana=ANA), "one", now, "2026b")
    books.rosters.adopt(roster(ben=BEN), "two", now - HOUR, "2026b")
    assert books.rosters.in_force() == ("two", roster(ben=BEN))
    assert books.rosters.in_force(now) == ("two", roster(ben=BEN))


def test_a_roster_held_back_changes_nothing_until_it_is_released(
    books: Books, roster: Build, now: datetime
) -> None:
    old, new = roster(ana=ANA), roster(ana="+351933333333", ben=BEN)
    books.rosters.adopt(old, "old", now, "2026b")
    books.rosters.hold_back(new, "new", now + HOUR, "2026b", "would remove 12")
    assert books.rosters.in_force() == ("old", old)
    assert books.rosters.held() == ("new", new, "would remove 12")
    assert PersonId("ben") not in books.people.all()

    books.rosters.release("new", now + 2 * HOUR)
    assert books.rosters.held() is None
    assert books.rosters.in_force() == ("new", new)
    assert books.people.all()[PersonId("ben")].phone == BEN
    assert [(v.digest, v.adopted_at) for v in books.rosters.versions()] == [
        ("new", now + 2 * HOUR),
        ("old", now),
    ]


def test_only_the_newest_version_held_back_waits(
    books: Books, roster: Build, now: datetime
) -> None:
    books.rosters.hold_back(roster(ana=ANA), "one", now, "2026b", "first")
    books.rosters.hold_back(roster(ben=BEN), "two", now, "2026b", "second")
    assert books.rosters.held() == ("two", roster(ben=BEN), "second")
    assert digests(books.rosters.versions()) == [
        ("two", Standing.HELD),
        ("one", Standing.SET_ASIDE),
    ]
    with pytest.raises(NotHeld, match="one is held back; see `rotation holds`"):
        books.rosters.release("one", now)


def test_a_mended_roster_sets_the_held_one_aside(
    books: Books, roster: Build, now: datetime
) -> None:
    books.rosters.adopt(roster(ana=ANA), "good", now, "2026b")
    books.rosters.hold_back(roster(ben=BEN), "bad", now, "2026b", "too much")
    books.rosters.adopt(roster(ana=ANA), "good", now + HOUR, "2026b")
    assert books.rosters.held() is None
    with pytest.raises(NotHeld):
        books.rosters.release("bad", now)


def test_the_same_version_can_be_held_back_again(
    books: Books, roster: Build, now: datetime
) -> None:
    for _ in range(2):
        books.rosters.hold_back(roster(ana=ANA), "one", now, "2026b", "too much")
    assert books.rosters.held() == ("one", roster(ana=ANA), "too much")


@pytest.mark.parametrize("verb", ["adopt", "hold_back"])
def test_one_number_for_two_people_is_refused_whole(
    ledger: Ledger, roster: Build, now: datetime, verb: str
) -> None:
    twice = roster(ana=ANA, ben=ANA)
    why = ("why",) if verb == "hold_back" else ()
    clashing = pytest.raises(IdentityClash, match="ben already belongs to ana")
    with clashing as clash, ledger.writing() as books:
        getattr(books.rosters, verb)(twice, "one", now, "2026b", *why)
    assert ANA not in str(clash.value)
    with ledger.reading() as books:
        assert books.rosters.versions() == []
        assert books.people.all() == {}


def test_R2_what_is_kept_is_wall_time_zone_and_recurrence_and_instants_follow(  # noqa: N802 - named by its row
    open_ledger: Callable[..., Ledger], by_hand: Connection, roster: Build, now: datetime
) -> None:
    with open_ledger().writing() as books:
        books.rosters.adopt(roster(ana=ANA), "one", now, "2026b")
        found = books.rosters.in_force()
    body = by_hand.exec_driver_sql("SELECT body FROM rosters").scalar_one()
    assert '"zone":"Europe/Lisbon"' in body
    assert '"hours":{"days_later":0,"ends":960,"starts":480}' in body
    assert re.findall(r"\d\dT\d\d|\d\d:\d\d|[+-]\d{4}\b|offset", body) == []
    assert found is not None
    starts = {
        s.starts
        for month in (1, 7)
        for s in Timeline(found[1]).spans(
            GroupId("desk"),
            datetime(2026, month, 9, tzinfo=UTC),
            datetime(2026, month, 12, tzinfo=UTC),
        )
    }
    assert sorted((s.month, s.hour) for s in starts) == [(1, 8), (7, 7)]
