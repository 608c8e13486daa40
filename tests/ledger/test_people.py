"""Numbers change hands, strangers get names, and a leaver stays one under every number."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rotation.core.facts import Attempt, Effect, Identity, Kind, Leaver, Role, Seat, Seen
from rotation.core.roster import GroupId, PersonId, Phone, Roster
from rotation.ledger import Books, IdentityClash, LastActive, in_memory

OLD, NEW, OTHER = Phone("+351911111111"), Phone("+351922222222"), Phone("+351933333333")
DESK, LAB, BAR = GroupId("desk"), GroupId("lab"), GroupId("bar")
ANA, BEN, FORMER = PersonId("ana"), PersonId("ben"), PersonId("ana~1")
DAY = timedelta(days=1)
Build = Callable[..., Roster]


def adopt(books: Books, roster: Roster, now: datetime) -> None:
    books.rosters.adopt(roster, str(hash(str(roster))), now, "2026b")


def test_people_of_the_roster_are_known_by_name_and_number(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    assert books.people.all() == {ANA: Identity(ANA, OLD, name="Ana")}
    assert books.people.find(OLD) == ANA
    assert books.people.find(NEW) is None


def test_who_is_gone_from_the_roster_is_still_known(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD, ben=NEW), now)
    adopt(books, roster(ben=NEW), now)
    assert books.people.find(OLD) == ANA


def test_who_turned_out_to_be_somebody_is_known_to_be_them(
    books: Books, roster: Build, now: datetime
) -> None:
    stranger = books.people.stranger(OLD, None, now)
    assert books.people.became() == {}
    adopt(books, roster(ana=OLD), now)
    assert books.people.became() == {stranger: ANA}


def test_E_19_a_changed_number_leaves_the_old_one_in_its_seats(  # noqa: N802 - the case's id
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    books.people.learn_lid(ANA, "111@lid", now)
    sitting = Seat(DESK, ANA, Seen.IN, Role.MEMBER, now, managed_since=now, op=Kind.REMOVE)
    managed = Seat(LAB, ANA, Seen.OUT, managed_since=now)
    books.seats.save(sitting, managed, Seat(BAR, ANA, Seen.OUT, seen_at=now))

    adopt(books, roster(ana=NEW), now + DAY)

    assert books.people.all() == {
        ANA: Identity(ANA, NEW, name="Ana"),
        FORMER: Identity(FORMER, OLD, frozenset({"111@lid"}), "Ana", former_of=ANA),
    }
    assert books.seats.of_person(ANA) == {}
    assert books.seats.of_person(FORMER) == {
        DESK: replace(sitting, person=FORMER),
        LAB: replace(managed, person=FORMER),
    }
    (link,) = books.audit.list(person=ANA)
    assert (link.kind, link.detail) == ("number_changed", {"former": FORMER})


def test_a_seat_in_doubt_stays_with_the_number_it_is_about(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    books.seats.save(Seat(DESK, ANA, in_doubt=True, watch_until=now))
    adopt(books, roster(ana=NEW), now)
    assert books.seats.of_person(FORMER)[DESK].in_doubt


def test_what_a_number_did_in_a_group_stays_with_the_number(
    books: Books, roster: Build, now: datetime
) -> None:
    stranger = books.people.stranger(OLD, None, now)
    books.activity.note([LastActive(DESK, stranger, "message", now)])
    adopt(books, roster(ana=OLD), now)
    assert books.activity.of(DESK) == {ANA: LastActive(DESK, ANA, "message", now)}
    adopt(books, roster(ana=NEW), now)
    assert books.activity.of(DESK) == {FORMER: LastActive(DESK, FORMER, "message", now)}


def test_a_number_taken_back_finds_its_seats_again(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    books.seats.save(Seat(DESK, ANA, Seen.IN, managed_since=now))
    adopt(books, roster(ana=NEW), now)
    books.seats.save(Seat(LAB, ANA, Seen.IN, managed_since=now))

    adopt(books, roster(ana=OLD), now)

    second = PersonId("ana~2")
    assert books.seats.of_person(ANA) == {DESK: Seat(DESK, ANA, Seen.IN, managed_since=now)}
    assert set(books.seats.of_person(second)) == {LAB}
    assert {p: i.phone for p, i in books.people.all().items()} == {ANA: OLD, second: NEW}
    assert books.people.all()[second].former_of == ANA


def test_two_people_can_swap_their_numbers(books: Books, roster: Build, now: datetime) -> None:
    adopt(books, roster(ana=OLD, ben=NEW), now)
    books.seats.save(Seat(DESK, ANA, Seen.IN), Seat(LAB, BEN, Seen.IN))
    adopt(books, roster(ana=NEW, ben=OLD), now)
    assert {p: i.phone for p, i in books.people.all().items()} == {ANA: NEW, BEN: OLD}
    assert {(s.person, s.group) for s in books.seats.all()} == {(BEN, DESK), (ANA, LAB)}


def test_a_person_under_a_new_key_keeps_seats_grants_and_what_was_said(
    books: Books, roster: Build, now: datetime, begin: Callable[..., Attempt]
) -> None:
    adopt(books, roster(ana=OLD), now)
    books.seats.save(Seat(DESK, ANA, Seen.IN, managed_since=now))
    attempt = begin(books, Kind.NOTICE)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/1"}, attempt.id, now)
    grant = books.grants.make(
        group=DESK, person=ANA, effect=Effect.IN, starts=now, until=None, duty=False,
        reason="ticket", author="mara", now=now,
    )  # fmt: skip

    adopt(books, roster(anna=OLD), now)

    anna = PersonId("anna")
    assert books.people.find(OLD) == anna
    assert ANA not in books.people.all()
    assert books.seats.of(DESK) == {anna: Seat(DESK, anna, Seen.IN, managed_since=now)}
    assert books.grants.of(DESK) == [replace(grant, person=anna)]
    assert set(books.notices.concluded(DESK)) == {(Kind.NOTICE, anna, "day/1")}


def test_a_stranger_has_the_same_name_whenever_met(books: Books, now: datetime) -> None:
    first = books.people.stranger(OLD, None, now)
    assert first.startswith("x-")
    assert books.people.stranger(OLD, "111@lid", now + DAY) == first
    assert books.people.find(None, "111@lid") == first
    assert books.people.all()[first] == Identity(first, OLD, frozenset({"111@lid"}), stranger=True)
    assert books.people.stranger(NEW, None, now) != first


def test_a_strangers_name_says_nothing_without_the_ledgers_salt(now: datetime) -> None:
    one, two = in_memory(), in_memory()
    with one.writing() as books:
        books.meta.put("salt", "one")
        name = books.people.stranger(OLD, None, now)
    with two.writing() as books:
        books.meta.put("salt", "two")
        assert books.people.stranger(OLD, None, now) != name


def test_somebody_known_is_no_stranger(books: Books, roster: Build, now: datetime) -> None:
    adopt(books, roster(ana=OLD), now)
    assert books.people.stranger(OLD, "111@lid", now) == ANA
    assert books.people.all()[ANA].lids == {"111@lid"}
    assert not books.people.all()[ANA].stranger


def test_a_stranger_needs_an_id(books: Books, now: datetime) -> None:
    with pytest.raises(ValueError, match="by a number or by a LID"):
        books.people.stranger(None, None, now)


def test_a_stranger_named_in_the_roster_becomes_that_person(
    books: Books, roster: Build, now: datetime
) -> None:
    stranger = books.people.stranger(OLD, "111@lid", now)
    books.seats.save(Seat(DESK, stranger, Seen.IN, Role.ADMIN, now))
    adopt(books, roster(ana=OLD), now)
    assert books.people.all() == {ANA: Identity(ANA, OLD, frozenset({"111@lid"}), "Ana")}
    assert books.seats.of(DESK) == {ANA: Seat(DESK, ANA, Seen.IN, Role.ADMIN, now)}


def test_a_stranger_known_by_lid_alone_becomes_the_person_it_resolves_to(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    stranger = books.people.stranger(None, "111@lid", now)
    books.seats.save(
        Seat(DESK, stranger, Seen.IN, Role.MEMBER, now, in_doubt=True),
        Seat(DESK, ANA, Seen.OUT, seen_at=now + DAY, managed_since=now, op=Kind.ADD, tries=2),
    )
    books.people.learn_lid(ANA, "111@lid", now)
    (seat,) = books.seats.all()
    assert (seat.person, seat.seen, seat.role, seat.seen_at) == (ANA, Seen.IN, Role.MEMBER, now)
    assert (seat.op, seat.tries, seat.managed_since, seat.in_doubt) == (Kind.ADD, 2, now, True)
    assert books.people.stranger(None, "111@lid", now) == ANA


def test_a_stranger_met_again_with_number_and_lid_is_one_person(
    books: Books, now: datetime
) -> None:
    by_lid = books.people.stranger(None, "111@lid", now)
    by_phone = books.people.stranger(OLD, None, now)
    assert books.people.stranger(OLD, "111@lid", now) == by_phone
    assert set(books.people.all()) == {by_phone}
    assert by_lid != by_phone


def test_a_strangers_number_is_learnt_with_the_lid(books: Books, now: datetime) -> None:
    stranger = books.people.stranger(None, "111@lid", now)
    assert books.people.stranger(OLD, "111@lid", now) == stranger
    assert books.people.find(OLD) == stranger


def test_a_lid_of_somebody_else_is_a_clash_that_names_no_number(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD, ben=NEW), now)
    books.people.learn_lid(BEN, "111@lid", now)
    with pytest.raises(IdentityClash) as clash:
        books.people.learn_lid(ANA, "111@lid", now)
    assert (clash.value.what, clash.value.holder, clash.value.claimant) == ("LID", BEN, ANA)
    assert "111" not in str(clash.value)
    assert books.people.find(None, "111@lid") == BEN
    with pytest.raises(IdentityClash):
        books.people.stranger(OTHER, "111@lid", now)


def test_a_stranger_with_a_number_of_their_own_is_not_taken_for_somebody_else(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    stranger = books.people.stranger(OTHER, "111@lid", now)
    with pytest.raises(IdentityClash):
        books.people.learn_lid(ANA, "111@lid", now)
    assert set(books.people.all()) == {ANA, stranger}


def test_learning_a_lid_twice_changes_nothing(books: Books, roster: Build, now: datetime) -> None:
    adopt(books, roster(ana=OLD), now)
    for _ in range(2):
        books.people.learn_lid(ANA, "111@lid", now)
    assert books.people.all()[ANA].lids == {"111@lid"}


def test_a_lid_kept_across_a_change_of_number_comes_along(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    books.people.learn_lid(ANA, "111@lid", now)
    adopt(books, roster(ana=NEW), now)
    books.people.learn_lid(ANA, "111@lid", now)
    assert books.people.find(None, "111@lid") == ANA


# -- leavers -------------------------------------------------------------------------------------


def test_a_leaver_is_marked_once_and_reinstated_with_a_trail(books: Books, now: datetime) -> None:
    books.leavers.mark(ANA, "mara", "left the company", now)
    books.leavers.mark(ANA, "noa", "again", now + DAY)
    assert books.leavers.everywhere() == {ANA: Leaver(ANA, now, "mara", "left the company")}
    assert books.leavers.reinstate(ANA, "mara", "came back", now + DAY)
    assert books.leavers.everywhere() == {}
    assert not books.leavers.reinstate(ANA, "mara", "again", now + DAY)
    books.leavers.mark(ANA, "mara", "left again", now + 2 * DAY)
    assert books.leavers.everywhere()[ANA].since == now + 2 * DAY


def test_a_leaver_is_one_under_every_former_number(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    adopt(books, roster(ana=NEW), now)
    books.leavers.mark(ANA, "mara", "left", now)
    assert set(books.leavers.everywhere()) == {ANA, FORMER}
    books.leavers.reinstate(ANA, "mara", "back", now)
    assert books.leavers.everywhere() == {}


@pytest.mark.promise("S5")
def test_a_leaver_stays_one_with_a_new_number_or_a_new_key(
    books: Books, roster: Build, now: datetime
) -> None:
    adopt(books, roster(ana=OLD), now)
    books.leavers.mark(ANA, "mara", "left", now)
    adopt(books, roster(ana=NEW), now)
    assert set(books.leavers.everywhere()) == {ANA, FORMER}
    adopt(books, roster(anna=NEW), now)
    assert books.leavers.everywhere()[PersonId("anna")] == Leaver(
        PersonId("anna"), now, "mara", "left"
    )
