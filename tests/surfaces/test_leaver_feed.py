"""The list of leavers at an address: fetched, carried out whole, or refused and told of once."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias, cast

import pytest

from rotation.core.facts import Moment
from rotation.core.roster import AccountId, Person, PersonId, Phone, Roster
from rotation.engine import Shared, feeds, wipes
from rotation.ledger import AuditRecord, LeaseLost, Ledger, Replica, in_memory, upgrade
from rotation.providers.deadline import DeadlineTransport
from rotation.providers.fetched import LARGEST, Fetched, Unfetched, fetch
from rotation.settings import LeaverList, Secret, load
from rotation.surfaces.doctor import Check, Level
from rotation.surfaces.doctor.feeds import leavers
from rotation.surfaces.duties import Duties
from rotation.surfaces.feed import By
from rotation.surfaces.leaver_feed import LeaverFeed
from rotation.surfaces.rosters import RosterFolder
from rotation.wiring import Parts
from rotation.wiring.mortal import Edge, Fate, Killed, MortalLedger
from rotation.wiring.pulse import Pulse

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = ("ana", "ben", "chen", "dora", "emil", "fay", "mara")
PEOPLE = {
    PersonId(name): Person(PersonId(name), name.title(), Phone(f"+3519100000{n:02}"))
    for n, name in enumerate(NAMES)
}
Hr: TypeAlias = Any
"""A personnel system on this machine: the one of conftest.py, which tests cannot import."""
TOKEN = "hr-token-0123456789"  # noqa: S105 - of a server that is made here


@dataclass
class Office:
    """A daemon's side: a ledger, an hour at which it looks, and the feed."""

    ledger: Ledger
    hr: Hr
    asks: bool = False
    at: datetime = NOON

    def __post_init__(self) -> None:
        self.again()

    def again(self) -> None:
        """A process that has only what the ledger knows."""
        token = Secret.of(TOKEN, "leavers.token", "here")
        at = LeaverList(self.hr.url, token, HOUR, "UTC")
        self.feed = LeaverFeed(at, self.ledger, lambda: self.at, self.asks)

    def looks(self, times: int = 1, every: timedelta = HOUR) -> list[str]:
        """What becomes of so many looks that are so far apart, as far as it is news."""
        told = []
        for _ in range(times):
            found = self.feed.look(self.ledger)
            told += [found.said] if found is not None and found.is_news else []
            self.at += every
        return told

    @property
    def gone(self) -> list[str]:
        with self.ledger.reading() as books:
            return sorted(books.leavers.everywhere())

    def records(self, kind: str) -> list[AuditRecord]:
        with self.ledger.reading() as books:
            return [r for r in books.audit.list(limit=999) if r.kind == kind]

    def hears(self) -> list[str]:
        """What people are told now, as the engine tells them."""
        with self.ledger.writing() as books:
            alarms = list(feeds.news(books, self.at))
            books.alarms.settle({a.key: a.text for a in alarms}, self.at)
            for alarm in alarms:
                books.alarms.mark_told(alarm.key, self.at)
            return [alarm.text for alarm in alarms]


def adopted(ledger: Ledger) -> Ledger:
    with ledger.writing() as books:
        books.rosters.adopt(Roster(PEOPLE, {}, {}), "0123abcd4567", NOON, "2026a")
    return ledger


@pytest.fixture
def office(hr: Hr) -> Iterator[Office]:
    with closing(adopted(Ledger("sqlite://"))) as ledger:
        yield Office(ledger, hr)


def test_a_list_is_carried_out_and_one_that_is_as_it_was_does_nothing_at_all(
    office: Office,
) -> None:
    office.hr.lists("chen,,left the firm", "+44 7700 900123,,")
    office.hr.headers = {"etag": '"one"'}
    assert office.looks() == ["2 new leavers"]
    assert office.hr.asked[0]["authorization"] == f"Bearer {TOKEN}"
    assert "chen" in office.gone
    assert {r.origin for r in office.records(wipes.MARKED)} == {"list of 127.0.0.1"}
    before = office.ledger.pulse()
    assert office.looks(3) == []
    assert office.ledger.pulse() == before
    assert [a.get("if-none-match") for a in office.hr.asked] == [None, *['"one"'] * 3]
    office.hr.headers = {}
    office.again()
    assert office.looks(3) == []  # nothing marks it, but it is the same
    assert office.ledger.pulse() == before
    assert office.looks(4, timedelta(minutes=10)) == []
    assert len(office.hr.asked) == 8  # once an hour, however often it is asked whether it is time
    assert office.hears() == []


def five_hundred(hr: Hr) -> None:
    hr.status = 503


def a_web_page(hr: Hr) -> None:
    hr.body, hr.headers = b"<!doctype html><p>Sign in", {"content-type": "text/html"}


def elsewhere(hr: Hr) -> None:
    hr.status, hr.headers = 302, {"location": hr.url}


def packed(hr: Hr) -> None:
    hr.headers = {"content-encoding": "gzip"}


def huge(hr: Hr) -> None:
    hr.says = "huge"


def cut(hr: Hr) -> None:
    hr.says = "cut"


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (five_hundred, "the server answered 503"),
        (a_web_page, "the answer is a web page"),
        (elsewhere, "302 and names another address"),
        (packed, "compressed"),
        (huge, "the answer is too long"),
        (cut, "the connection closed early"),
    ],
)
def test_what_cannot_be_fetched_changes_nothing_and_is_told_once(
    office: Office, trouble: Callable[[Hr], None], said: str
) -> None:
    office.hr.lists("chen,,")
    trouble(office.hr)
    assert office.looks(2, timedelta(minutes=5)) == []  # it may be over by itself
    assert office.records("refused") == []
    (told,) = office.looks(5)
    assert said in told
    assert len(office.hr.asked) == 7
    assert len(office.records("refused")) == 1
    (heard,) = office.hears()
    assert said in heard
    assert "rotation doctor" in heard
    office.again()
    assert office.looks(5) == []
    assert (office.gone, office.hears()) == ([], [])
    office.hr.lists("chen,,")
    assert office.looks() == ["1 new leaver"]
    assert office.hears() == ["The list of leavers: it is read again."]
    assert office.hears() == []


def test_a_server_that_drips_is_left_at_the_deadline(hr: Hr) -> None:
    hr.lists(*["chen,,"] * 999)
    hr.says = "drip"
    found = fetch(hr.url, transport=DeadlineTransport(0.3))
    assert found == Unfetched("no whole answer within the deadline")


def test_nothing_is_fetched_by_http_from_elsewhere_or_from_a_private_network(hr: Hr) -> None:
    for url in (
        "http://hr.example.com/leavers.csv",
        "https://user:x@hr.example.com/",
        "ftp://hr.example.com/x",
    ):
        assert isinstance(fetch(url), Unfetched)
    found = fetch("https://10.0.0.1/leavers.csv", TOKEN)
    assert found == Unfetched("the server's name leads to no usable address; nothing was sent")
    hr.body = b"x" * LARGEST
    assert fetch(hr.url) == Fetched(hr.body)  # the largest that is taken
    hr.body += b"x"
    assert fetch(hr.url) == Unfetched("the answer is too long")


@pytest.mark.promise("S8")
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([f"{who},," for who in NAMES[:6]], "names 6 new leavers, which may be a mistake"),
        (["chen,,", "zoe,,"], "leavers.csv:3:1: person: nobody is called `zoe`"),
        (["chen,soon,"], "leavers.csv:2:2: from: `soon` is no date"),
        ([], "leavers.csv of 127.0.0.1 names nobody"),
    ],
)
def test_a_list_that_cannot_be_meant_changes_nothing_and_is_told_once(
    office: Office, rows: list[str], said: str
) -> None:
    office.hr.lists(*rows)
    (told,) = office.looks(6)
    assert said in told
    assert (office.gone, len(office.records("refused"))) == ([], 1)
    assert [said in one for one in office.hears()] == [True]
    office.again()
    assert (office.looks(3), office.hears()) == ([], [])
    office.hr.lists("mara,,", "nobody-else,,")
    (told,) = office.looks()  # another mistake is another matter
    assert "nobody-else" in told
    assert (len(office.records("refused")), len(office.hears())) == (2, 1)


def test_by_hand_more_may_be_meant_and_then_the_daemon_finds_nothing_new(office: Office) -> None:
    office.hr.lists(*(f"{who},," for who in NAMES[:6]))
    office.looks()
    assert "say rotation leavers --from-url --most 6" in office.hears()[0]
    office.feed.by_hand(6, By("mara"), dry_run=True)
    assert office.gone == []
    office.again()
    office.feed.by_hand(6, By("mara"), dry_run=False)
    assert office.gone == sorted(NAMES[:6])
    assert office.records(wipes.MARKED)[0].origin == "mara by hand"
    before = office.ledger.pulse()
    assert office.looks(2) == []
    assert office.ledger.pulse() == before
    assert office.hears() == ["The list of leavers: it is read again."]


def test_the_time_of_a_row_comes_though_the_list_stays_as_it_is(office: Office) -> None:
    office.hr.lists("chen,,", "fay,2026-01-05T14:30Z,")
    office.hr.headers = {"etag": '"one"'}
    assert office.looks(6) == ["1 new leaver", "1 new leaver"]
    assert office.gone == ["chen", "fay"]
    assert [a.get("if-none-match") for a in office.hr.asked].count(None) == 2


def test_whoever_vanishes_from_the_list_is_not_let_in_again(office: Office) -> None:
    office.hr.lists("chen,,", "fay,,")
    office.looks()
    office.hr.lists("fay,,")
    office.looks()
    assert office.gone == ["chen", "fay"]


def test_where_a_wipe_takes_two_each_is_asked_for_once_a_day_and_not_each_hour(
    office: Office,
) -> None:
    office.asks = True
    office.again()
    office.hr.lists("chen,,")
    assert office.looks(24) == ["1 new leaver"]
    assert (office.gone, len(office.records(wipes.ASKED))) == ([], 1)
    assert office.looks(2) == ["1 new leaver"]
    assert len(office.records(wipes.ASKED)) == 2


def test_who_dies_before_it_is_written_down_has_done_nothing_and_the_next_does_it_all(
    hr: Hr, tmp_path: Path
) -> None:
    url, fate = f"sqlite:///{tmp_path / 'rotation.db'}", Fate()
    upgrade(url)
    hr.lists("chen,,", "fay,,", "+44 7700 900123,,")
    with closing(adopted(MortalLedger(fate, url))) as ledger:
        fate.awaits(Edge.WRITE, 1)
        with pytest.raises(Killed):
            Office(ledger, hr).looks()
    with closing(Ledger(url)) as ledger:
        office = Office(ledger, hr)
        assert (office.gone, office.records(wipes.MARKED)) == ([], [])
        assert office.looks() == ["3 new leavers"]
        assert len(office.records(wipes.MARKED)) == 3


def test_before_there_is_a_roster_nobody_is_asked_who_has_left(hr: Hr) -> None:
    hr.lists("chen,,")
    with closing(Ledger("sqlite://")) as ledger:
        office = Office(ledger, hr)
        assert (office.looks(2), hr.asked) == ([], [])
        adopted(ledger)
        assert office.looks() == ["1 new leaver"]


def test_who_keeps_house_no_more_writes_nothing(office: Office) -> None:
    class Lost:
        def writing(self) -> Any:  # noqa: ANN401 - never comes to be
            raise LeaseLost("another replica keeps house")

    office.hr.lists("chen,,")
    with pytest.raises(LeaseLost):
        office.feed.look(Lost())
    assert office.gone == []


def test_the_doctor_says_what_is_at_the_address(office: Office, tmp_path: Path) -> None:
    settings = load({"ROTATION_LEAVERS__URL": office.hr.url}, folder=tmp_path)
    assert list(leavers(load({}, folder=tmp_path), office.ledger, NOON)) == []

    def told() -> Check:
        (found,) = leavers(settings, office.ledger, NOON)
        return found

    office.hr.lists("chen,,")
    assert (told().level, told().found) == (Level.OK, "127.0.0.1: 1 new leaver, 0 already are")
    office.hr.lists("zoe,,")
    assert (told().level, "nobody is called `zoe`" in told().found) == (Level.BAD, True)
    office.hr.status = 401
    assert (told().level, told().found) == (Level.BAD, "127.0.0.1: the server answered 401")
    assert office.gone == []


def test_of_several_replicas_only_the_one_that_keeps_house_fetches(hr: Hr, tmp_path: Path) -> None:
    settings = load({"ROTATION_LEAVERS__URL": hr.url}, folder=tmp_path)
    hr.lists("chen,,")

    def clock() -> Moment:
        return Moment(NOON, "boot", 0.0)

    def replica(name: str, ledger: Ledger) -> Duties:
        me = Replica(name, name, "1", "2026a", (AccountId("main"),), "", "", 0, NOON, NOON)
        shared = Shared(ledger, clock, me)
        shared.beat()
        parts = cast("Parts", SimpleNamespace(
            settings=settings, ledger=ledger, clock=clock, shared=shared, chats={},
        ))  # fmt: skip
        return Duties(parts, cast("RosterFolder", None), Pulse(()))

    with closing(adopted(in_memory())) as ledger:
        for duties in [replica(name, ledger) for name in ("first", "second")][::-1]:
            asyncio.run(duties.look_at_feeds())
        with ledger.reading() as books:
            assert list(books.leavers.everywhere()) == ["chen"]
    assert len(hr.asked) == 1
