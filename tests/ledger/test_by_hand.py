"""What people ask for and what they are told: grants, holds, alarms and intents."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rotation.core.facts import Effect, Grant, HeldItem
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Alarm, Books, Intent, OpenHold

MAIN = AccountId("main")
DESK, LAB = GroupId("desk"), GroupId("lab")
ANA, BEN = PersonId("ana"), PersonId("ben")
HOUR = timedelta(hours=1)


@pytest.fixture
def make(books: Books, now: datetime) -> Callable[..., Grant]:
    def make_one(
        starts: datetime = now, until: datetime | None = None, group: GroupId = DESK
    ) -> Grant:
        return books.grants.make(
            group=group, person=ANA, effect=Effect.IN, starts=starts, until=until, duty=True,
            reason="stands in", author="mara", now=now, together="t1",
        )  # fmt: skip

    return make_one


# -- grants --------------------------------------------------------------------------------------


def test_grants_are_listed_until_they_ended_before(
    books: Books, make: Callable[..., Grant], now: datetime
) -> None:
    ended, open_one, elsewhere = make(until=now + HOUR), make(), make(group=LAB)
    assert books.grants.of(DESK) == [ended, open_one]
    assert books.grants.of(DESK, since=now + HOUR) == [ended, open_one]
    assert books.grants.of(DESK, since=now + 2 * HOUR) == [open_one]
    assert books.grants.all() == [ended, open_one, elsewhere]


def test_the_active_grants_are_those_that_cover_the_instant(
    books: Books, make: Callable[..., Grant], now: datetime
) -> None:
    made = [make(until=now + HOUR), make(starts=now + HOUR), make(), make()]
    books.grants.end(made[3].id, now + HOUR)
    for at in (now - HOUR, now, now + HOUR, now + 2 * HOUR):
        covering = [g for g in books.grants.all() if g.covers(at)]
        assert books.grants.all(active_at=at) == covering


def test_a_grant_is_undone_once(books: Books, make: Callable[..., Grant], now: datetime) -> None:
    grant = make(until=now + 2 * HOUR)
    assert books.grants.end(grant.id, now + HOUR)
    assert books.grants.get(grant.id) == replace(grant, ended_at=now + HOUR)
    assert not books.grants.end(grant.id, now + HOUR)
    assert books.grants.of(DESK, since=now + 2 * HOUR) == []


def test_what_is_over_or_was_never_made_cannot_be_undone(
    books: Books, make: Callable[..., Grant], now: datetime
) -> None:
    over = make(until=now + HOUR)
    assert not books.grants.end(over.id, now + HOUR)
    assert not books.grants.end(99, now)
    assert books.grants.get(99) is None


# -- holds ---------------------------------------------------------------------------------------


def in_desk(hold: Hold, person: PersonId | None = None, detail: str = "") -> HeldItem:
    return HeldItem(hold, MAIN, DESK, person, detail)


def test_a_hold_that_stays_keeps_its_number_and_its_age(books: Books, now: datetime) -> None:
    refused, cover = in_desk(Hold.REFUSED, ANA), in_desk(Hold.COVER)
    opened, closed = books.holds.settle(MAIN, DESK, [refused, cover], now)
    assert ([h.item for h in opened], closed) == ([refused, cover], [])

    reworded = replace(refused, detail="privacy")
    opened, closed = books.holds.settle(MAIN, DESK, [reworded], now + HOUR)
    assert (opened, [h.item for h in closed]) == ([], [cover])
    (kept,) = books.holds.in_force()
    assert kept == OpenHold(1, reworded, now)


def test_a_hold_that_comes_back_is_a_new_one(books: Books, now: datetime) -> None:
    for later, items in enumerate([[in_desk(Hold.COVER)], [], [in_desk(Hold.COVER)]]):
        books.holds.settle(MAIN, DESK, items, now + later * HOUR)
    assert books.holds.in_force() == [OpenHold(2, in_desk(Hold.COVER), now + 2 * HOUR)]
    first = books.holds.get(1)
    assert first is not None
    assert first.closed_at == now + HOUR


def test_each_scope_settles_only_its_own_holds(books: Books, now: datetime) -> None:
    roster, session = HeldItem(Hold.ROSTER), HeldItem(Hold.SESSION, MAIN)
    cover, lab = in_desk(Hold.COVER), HeldItem(Hold.COVER, MAIN, LAB)
    books.holds.settle(None, None, [roster], now)
    books.holds.settle(MAIN, None, [session], now)
    books.holds.settle(MAIN, DESK, [cover], now)
    books.holds.settle(MAIN, LAB, [lab], now)
    assert [h.item for h in books.holds.in_force()] == [roster, session, cover, lab]
    assert [h.item for h in books.holds.in_force(DESK)] == [cover]

    books.holds.settle(MAIN, None, [], now)
    books.holds.settle(None, None, [], now)
    assert [h.item for h in books.holds.in_force()] == [cover, lab]


@pytest.mark.parametrize(
    "item", [HeldItem(Hold.COVER, MAIN, LAB), HeldItem(Hold.SESSION, MAIN), HeldItem(Hold.ROSTER)]
)
def test_a_hold_of_another_scope_is_refused(books: Books, now: datetime, item: HeldItem) -> None:
    with pytest.raises(ValueError, match="within its own group or account"):
        books.holds.settle(MAIN, DESK, [item], now)


def test_it_is_noted_when_people_were_told_of_a_hold(books: Books, now: datetime) -> None:
    books.holds.settle(MAIN, DESK, [in_desk(Hold.COVER)], now)
    books.holds.note_told(1, now + HOUR)
    assert books.holds.get(1) == OpenHold(1, in_desk(Hold.COVER), now, told_at=now + HOUR)
    assert books.holds.get(2) is None


# -- alarms --------------------------------------------------------------------------------------


def test_an_alarm_is_new_once_and_knows_when_people_were_told(books: Books, now: datetime) -> None:
    new = books.alarms.settle({"cover/desk": "desk is uncovered"}, now)
    assert new == [Alarm("cover/desk", "desk is uncovered", now)]
    assert books.alarms.settle({"cover/desk": "still"}, now + HOUR) == []
    assert books.alarms.on() == [Alarm("cover/desk", "still", now)]

    books.alarms.mark_told("cover/desk", now + HOUR)
    assert [a.told_at for a in books.alarms.on()] == [now + HOUR]


def test_an_alarm_that_is_over_is_told_no_more(books: Books, now: datetime) -> None:
    books.alarms.settle({"a": "one", "b": "two"}, now)
    assert books.alarms.settle({"b": "two"}, now) == []
    assert [a.key for a in books.alarms.on()] == ["b"]
    assert books.alarms.settle({}, now) == []
    assert books.alarms.on() == []


def test_an_alarm_that_flaps_still_knows_when_people_were_told(books: Books, now: datetime) -> None:
    books.alarms.settle({"a": "one"}, now)
    books.alarms.mark_told("a", now)
    books.alarms.settle({}, now)
    back = books.alarms.settle({"a": "one"}, now + timedelta(minutes=1))
    assert back == [Alarm("a", "one", now + timedelta(minutes=1), told_at=now)]


# -- intents -------------------------------------------------------------------------------------


def test_an_intent_waits_until_it_is_answered(books: Books, now: datetime) -> None:
    first = books.intents.ask("release", {"hold": "3"}, "mara", "it is meant", now)
    second = books.intents.ask("run", {}, "noa", "", now)
    asked = Intent(first, "release", {"hold": "3"}, "mara", "it is meant", now)
    assert [i.id for i in books.intents.pending()] == [first, second]
    assert books.intents.get(first) == asked

    books.intents.done(first, now + HOUR, "released")
    books.intents.done(first, now + 2 * HOUR, "twice")
    assert [i.id for i in books.intents.pending()] == [second]
    assert books.intents.get(first) == replace(asked, done_at=now + HOUR, answer="released")
    assert books.intents.get(99) is None


def test_facts_about_the_ledger_are_kept_by_name(books: Books) -> None:
    assert books.meta.get("restored_at") is None
    books.meta.put("restored_at", "then")
    books.meta.put("restored_at", "now")
    assert books.meta.get("restored_at") == "now"
    books.meta.drop("restored_at")
    assert books.meta.get("restored_at") is None
