"""What is kept of wipes, and of the groups that accounts are in."""

from datetime import datetime, timedelta

from rotation.core.facts import FoundGroup, Leaver, Listing, in_no_roster
from rotation.core.roster import AccountId, ChatId, PersonId
from rotation.ledger import Books, Mark

ANA, MAIN, SPARE = PersonId("ana"), AccountId("main"), AccountId("spare")
ONE, TWO = ChatId("120363041234567001@g.us"), ChatId("120363041234567002@g.us")
MINUTE = timedelta(minutes=1)


def test_how_far_a_wipe_has_come_is_kept_with_its_mark_for_ever(
    books: Books, now: datetime
) -> None:
    books.leavers.mark(ANA, "mara", "left", now)
    books.leavers.progress([ANA], now + MINUTE, None)
    assert books.leavers.everywhere() == {ANA: Leaver(ANA, now, "mara", "left", now + MINUTE)}
    books.leavers.progress([ANA], now + MINUTE, now + 2 * MINUTE)
    books.leavers.reinstate(ANA, "ben", "a mistake", now + 3 * MINUTE)
    first = Mark(
        ANA, now, "mara", "left", now + MINUTE, now + 2 * MINUTE, "", now + 3 * MINUTE, "ben",
        "a mistake",
    )  # fmt: skip
    assert (books.leavers.everywhere(), books.leavers.of(ANA)) == ({}, [first])
    books.leavers.mark(ANA, "mara", "left again", now + 4 * MINUTE)
    again = Mark(ANA, now + 4 * MINUTE, "mara", "left again")
    assert books.leavers.of(ANA) == [again, first]


def test_a_mark_of_a_team_stands_beside_one_of_all_groups(books: Books, now: datetime) -> None:
    assert books.leavers.mark(ANA, "mara", "moved", now, "support") == [ANA]
    assert books.leavers.mark(ANA, "otto", "moved", now + MINUTE, "support") == []
    assert books.leavers.mark(ANA, "mara", "left", now + MINUTE) == [ANA]
    of_all = Leaver(ANA, now + MINUTE, "mara", "left")
    of_team = Leaver(ANA, now, "mara", "moved", team="support")
    assert books.leavers.standing() == [of_all, of_team]
    assert books.leavers.by_team() == {"": {ANA: of_all}, "support": {ANA: of_all}}
    books.leavers.progress([ANA], None, now + MINUTE, "support")
    assert books.leavers.of(ANA)[0].proven_at is None
    assert books.leavers.reinstate(ANA, "mara", "is back", now + 2 * MINUTE)
    assert books.leavers.everywhere() == {}
    assert books.leavers.by_team()["support"][ANA].proven_at == now + MINUTE
    assert not books.leavers.reinstate(ANA, "mara", "again", now + 2 * MINUTE)
    assert books.leavers.reinstate(ANA, "mara", "moves back", now + 2 * MINUTE, "support")


def test_a_group_that_the_newest_list_leaves_out_is_no_longer_one_of_the_account(
    books: Books, now: datetime
) -> None:
    books.found.add(MAIN, {ONE: "Old friends", TWO: ""}, now)
    books.found.save(Listing(MAIN, began_at=now, so_far=2))
    assert [g.chat for g in books.found.groups()] == [ONE, TWO], "a list that is being read"
    books.found.save(Listing(MAIN, listed_at=now))
    books.found.add(MAIN, {ONE: "Good friends"}, now + MINUTE)
    assert books.found.named(MAIN, now + MINUTE) == {ONE}
    books.found.save(Listing(MAIN, listed_at=now + MINUTE))
    (left,) = books.found.groups()
    assert left == FoundGroup(MAIN, ONE, left.group, "Good friends", now + MINUTE)
    assert [g.chat for g in books.found.all()] == [ONE, TWO]
    books.found.forget()
    assert (books.found.all(), books.found.listing(MAIN)) == ([], Listing(MAIN))


def test_a_group_has_a_name_that_is_nobody_elses_and_stays_the_same(
    books: Books, now: datetime
) -> None:
    for account in (MAIN, SPARE):
        books.found.add(account, {ONE: "", TWO: ""}, now)
    names = [g.group for g in books.found.all()]
    assert len(set(names)) == 4
    assert all(in_no_roster(name) for name in names)
    assert not any("120363" in name for name in names)
    books.found.add(MAIN, {ONE: "renamed"}, now + MINUTE)
    assert [g.group for g in books.found.all()] == names
