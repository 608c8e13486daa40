"""Events out: every record of the trail, signed, in order and at least once, and nothing secret."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Because, Kind
from rotation.core.outcome import Accepted, InDoubt
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Ledger, in_memory
from rotation.settings import Receiver, Secret
from rotation.surfaces.events import (
    AT_ONCE,
    FIRST_WAIT,
    HEAD,
    LONGEST_WAIT,
    Deliverer,
    Standing,
    behind,
    save,
    standing,
)

Json: TypeAlias = dict[str, Any]
NOW, MINUTE, DAY = datetime(2026, 1, 5, 8, tzinfo=UTC), timedelta(minutes=1), timedelta(days=1)
KEY, OLD = bytes(range(32)), bytes(range(32, 64))
DESK, ANA = GroupId("desk"), PersonId("ana")


def secret(key: bytes) -> Secret:
    return Secret.of("whsec_" + base64.b64encode(key).decode(), "events.crm.secret", "test")


CRM = Receiver("crm", "https://crm.example/hook", secret(KEY))


@dataclass
class Office:
    """A ledger, a receiver that answers as it likes, and the time."""

    ledger: Ledger = field(default_factory=in_memory)
    now: datetime = NOW
    heard: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[Json], str] = lambda _event: "200"
    stops_after: int = 10**6

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Accepted | InDoubt:
        self.heard.append((url, headers, body))
        said = self.answer(json.loads(body))
        return Accepted(said) if said == "200" else InDoubt(said)

    def deliver(self, receiver: Receiver = CRM) -> Standing:
        return Deliverer(self.ledger, lambda: self.now, self.post, self.stops).deliver(receiver)

    def stops(self) -> bool:
        return len(self.heard) >= self.stops_after

    def happens(self, *kinds: str, **more: Any) -> None:  # noqa: ANN401 - parts of a record
        with self.ledger.writing() as books:
            for kind in kinds:
                given = {"group": DESK, "person": ANA, "reason": None, "origin": "roster 1",
                         "detail": {}, **more}  # fmt: skip
                books.audit.append(at=self.now, kind=kind, **given)

    @property
    def events(self) -> list[Json]:
        return [json.loads(body) for _, _, body in self.heard]

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    def known(self) -> Standing:
        with self.ledger.reading() as books:
            found = standing(books, "crm")
        assert found is not None
        return found


@pytest.fixture
def office() -> Office:
    """One whose receiver was told of all that happened before it was there: nothing."""
    made = Office()
    made.happens("roster_adopted")
    made.deliver()
    return made


def test_a_receiver_hears_of_what_happens_after_it_was_set_up(office: Office) -> None:
    assert office.heard == []
    office.happens("added", "notice", "removed")
    office.deliver()
    assert office.kinds == ["member.added", "record.notice", "member.removed"]
    assert [event["data"]["record"] for event in office.events] == [2, 3, 4]
    office.deliver()
    assert len(office.heard) == 3


def test_an_event_says_what_why_when_and_on_whose_word(office: Office) -> None:
    because = Because(
        Reason.SHIFT_END, "asia/2026-01-05/0", "roster 1", NOW - DAY, NOW - 5 * MINUTE
    )
    with office.ledger.writing() as books:
        begun = books.attempts.begin(
            account=AccountId("main"), kind=Kind.REMOVE, group=DESK, person=ANA, because=because,
            roster="r1", zone_data="2026f", boot="b", uptime=1.0, sent_at=NOW,
        )  # fmt: skip
        books.attempts.end(begun.id, Accepted(), NOW, 1.0)
        record = books.audit.append(
            at=NOW, kind="removed", group=DESK, person=ANA, reason=Reason.SHIFT_END,
            origin="roster 1", attempts=(begun.id,),
            detail={"certainty": "proven", "occurrence": "asia/2026-01-05/0"},
        )  # fmt: skip
        head = books.audit.head()
    office.deliver()
    assert head is not None
    (event,) = office.events
    assert event == {
        "type": "member.removed",
        "timestamp": "2026-01-05T08:00:00Z",
        "data": {
            "record": record,
            "digest": head.digest,
            "kind": "removed",
            "group": "desk",
            "person": "ana",
            "reason": "shift_end",
            "origin": "roster 1",
            "planned_at": "2026-01-05T07:55:00Z",
            "done_at": "2026-01-05T08:00:00Z",
            "tries": 1,
            "detail": {"certainty": "proven", "occurrence": "asia/2026-01-05/0"},
        },
    }


def test_an_event_is_signed_as_standard_webhooks_says_with_each_secret(office: Office) -> None:
    office.happens("removed")
    office.deliver(Receiver("crm", CRM.url, secret(KEY), secret(OLD)))
    ((url, headers, body),) = office.heard
    assert url == CRM.url
    assert headers["content-type"] == "application/json"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"].split() == [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in (KEY, OLD)
    ]


def test_numbers_and_characters_that_steer_never_leave(office: Office) -> None:
    office.happens(
        "granted",
        person=PersonId("x-1"),
        origin="for +351 912 345 678\u202e",
        detail={"why": "call +44 7700 900123", "people": ["+44 7700 900123"], "n": 3},
    )
    office.deliver()
    ((_, _, body),) = office.heard
    assert b"345" not in body
    assert b"900123" not in body
    assert "\u202e" not in body.decode()
    assert office.events[0]["data"]["detail"]["n"] == 3


def test_whoever_takes_nothing_is_asked_ever_more_seldom_and_misses_nothing(office: Office) -> None:
    office.answer = lambda _event: "the server answered 503"
    office.happens("added", "removed")
    waits = []
    for _ in range(12):
        found = office.deliver()
        assert found.again_at is not None
        waits.append(found.again_at - office.now)
        assert office.deliver() == found  # not before its time
        office.now = found.again_at
    assert waits[0] == FIRST_WAIT
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert (found.failing_since, found.why) == (NOW, "the server answered 503")
    assert set(office.kinds) == {"member.added"}  # in order: the next waits for it
    office.answer = lambda _event: "200"
    office.deliver()
    assert office.kinds[-2:] == ["member.added", "member.removed"]
    assert office.known() == Standing(3, NOW)


def test_what_comes_twice_has_the_same_name_both_times(office: Office) -> None:
    office.happens("removed")
    office.deliver()
    with office.ledger.writing() as books:  # a daemon that died before it wrote that down
        save(books, "crm", Standing(1, NOW))
    office.deliver()
    first, again = (headers["webhook-id"] for _, headers, _ in office.heard)
    assert first == again
    assert office.events[0] == office.events[1]


def test_once_a_day_a_receiver_hears_where_the_trail_ends_whatever_happens(office: Office) -> None:
    office.now += DAY
    office.deliver()
    office.deliver()
    assert office.kinds == [HEAD]
    with office.ledger.reading() as books:
        head = books.audit.head()
    assert head is not None
    assert office.events[0]["data"] == {"record": head.seq, "digest": head.digest}
    office.now += DAY
    office.answer = lambda _event: "no"
    assert office.deliver().failing_since == office.now


def test_a_daemon_that_stops_sends_no_more_and_goes_on_where_it_was(office: Office) -> None:
    office.happens(*["added"] * (AT_ONCE + 5))
    office.stops_after = 3
    assert office.deliver().taken == 4
    office.stops_after = 10**6
    office.deliver()
    records = [event["data"]["record"] for event in office.events]
    assert records == list(range(2, AT_ONCE + 7))


def test_what_a_person_asked_for_meanwhile_holds(office: Office) -> None:
    office.happens("added", "removed")

    def sends_back(_event: Json) -> str:
        with office.ledger.writing() as books:
            save(books, "crm", Standing(0, NOW))
        return "200"

    office.answer = sends_back
    office.stops_after = 2
    office.deliver()
    assert office.known().taken == 0


def test_records_that_were_let_go_before_they_were_told_are_counted(office: Office) -> None:
    office.happens("added", "added", "added")
    office.now += 2 * DAY
    office.happens("removed")
    with office.ledger.writing() as books:
        books.audit.let_go(NOW + DAY, office.now, 100)
    found = office.deliver()
    assert (found.taken, found.lost) == (5, 3)
    assert office.kinds[0] == "member.removed"


@pytest.mark.parametrize("damage", ["", "null", "{}", "[1]", '{"taken": 1, "head_at": "soon"}'])
def test_a_place_that_cannot_be_read_is_begun_anew(office: Office, damage: str) -> None:
    office.happens("added")
    with office.ledger.writing() as books:
        books.meta.put("events/crm", damage)
    assert office.deliver().taken == 2
    assert office.heard == []


def test_how_much_a_receiver_has_not_had_is_known(office: Office) -> None:
    office.happens("added", "removed")
    with office.ledger.reading() as books:
        assert behind(books, standing(books, "crm")) == 2
        assert behind(books, None) == 0
    office.deliver()
    with office.ledger.reading() as books:
        assert behind(books, standing(books, "crm")) == 0
