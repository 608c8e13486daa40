"""Cover before you leave."""

import pytest

from rotation.core.cover import counted, missing
from rotation.core.facts import Seat, Seen
from rotation.core.roster import GroupId, PersonId

ANA, BEN, CHEN = map(PersonId, ("ana", "ben", "chen"))
OUTGOING = PersonId("dora")


def seat(person: PersonId, seen: Seen = Seen.IN, *, in_doubt: bool = False) -> Seat:
    return Seat(GroupId("desk"), person, seen, in_doubt=in_doubt)


def seats(*found: Seat) -> dict[PersonId, Seat]:
    return {s.person: s for s in found}


@pytest.mark.parametrize("unsure", [Seen.OUT, Seen.UNKNOWN])
def test_only_those_seen_in_the_group_count(unsure: Seen) -> None:
    known = seats(seat(ANA), seat(BEN, unsure))
    assert counted({ANA, BEN, CHEN}, known) == {ANA}


def test_somebody_whose_removal_is_in_doubt_does_not_count() -> None:
    assert counted({ANA, BEN}, seats(seat(ANA, in_doubt=True), seat(BEN))) == {BEN}


def test_somebody_seen_and_not_on_duty_does_not_count() -> None:
    assert missing({ANA}, seats(seat(BEN), seat(OUTGOING)), 1, OUTGOING) == 1


@pytest.mark.parametrize(
    ("inside", "keep_at_least", "short"),
    [
        ((), 1, 1),
        ((ANA,), 1, 0),
        ((ANA,), 2, 1),
        ((ANA, BEN), 2, 0),
        ((ANA,), 3, 2),
        ((ANA, BEN, CHEN), 3, 0),
        ((), 0, 0),
    ],
)
def test_as_many_must_be_seen_as_the_group_keeps(
    inside: tuple[PersonId, ...], keep_at_least: int, short: int
) -> None:
    known = seats(*map(seat, inside))
    assert missing({ANA, BEN, CHEN}, known, keep_at_least, OUTGOING) == short


def test_no_more_must_be_seen_than_are_on_duty() -> None:
    assert missing({ANA, BEN}, seats(seat(ANA), seat(BEN)), 5, OUTGOING) == 0


def test_who_leaves_does_not_cover_for_themselves() -> None:
    assert missing({ANA, BEN}, seats(seat(ANA)), 1, ANA) == 1


def test_when_nobody_is_on_duty_nobody_is_missing() -> None:
    assert missing((), seats(seat(ANA)), 1, OUTGOING) == 0
