"""Commands in the managers' group: from the webhook to the private answer, and to what changes."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import pytest

from rotation.core.facts import Moment
from rotation.core.roster import AccountId, ChatId, PersonId
from rotation.engine import Intake, wipes
from rotation.providers.wawp import Hooks
from rotation.settings import Commands, Secret, Settings
from rotation.surfaces.chatting import Chatting
from rotation.surfaces.orders import Counter
from rotation.wiring import Parts

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
GROUP = "120363041234569999@g.us"
SECRET = Secret.of("a-secret-of-webhooks-0123456789", "accounts.main.webhook_secret", "test")
GUESS = "a guess"
MINUTE = timedelta(minutes=1)


@dataclass
class Managers:
    """The group in which mara and others write, and a daemon that listens."""

    day: Any
    operators: tuple[str, ...] = ("mara",)
    count: int = 0
    chatting: Chatting = field(init=False)
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        ledger = self.day.rehearsal.ledger

        def clock() -> Moment:
            return Moment(self.day.now, "boot", self.day.now.timestamp())

        ear = Hooks("main", lambda: [SECRET], ChatId(GROUP))
        self.intake = Intake(ledger, {AccountId("main"): ear}, clock)
        commands = Commands(ChatId(GROUP), AccountId("main"), self.operators)
        parts = Parts(
            cast("Settings", None), ledger, {}, cast("Any", clock), cast("Any", None), self.intake
        )
        self.chatting = Chatting.of(parts, commands)
        assert isinstance(self.chatting.counter, Counter)

    def writes(self, who: str, text: str, *, group: str = GROUP, ago: timedelta | None = None,
               secret: str = SECRET.reveal(), event: str = "message") -> list[str]:  # fmt: skip
        """Somebody writes it; what they hear for that within a few seconds."""
        self.count += 1
        before, at = len(self.day.heard(who)), self.day.now - (ago or timedelta(0))
        number = self.day.phone(who).removeprefix("+")
        body = json.dumps({
            "id": f"evt_{self.count}", "event": event,
            "timestamp": int(self.day.now.timestamp() * 1000),
            "payload": {"id": f"false_{group}_{self.count}", "timestamp": int(at.timestamp()),
                        "from": group, "fromMe": False, "participant": f"{number}@c.us",
                        "body": text},
        }).encode()  # fmt: skip
        made = hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()
        self.intake.take("main", {"x-webhook-hmac": made}, body)
        self.chatting.hear(self.intake.said())
        self.intake.flush()
        self.day.rehearsal.wake()
        self.day.after(seconds=10)
        return [text for _at, text in self.day.heard(who)[before:]]


@pytest.fixture
def managers(day: Make) -> Managers:
    """Monday 09:00: ben is on duty until 16:00, then chen; mara manages, and ana is an agent."""
    return Managers(day(tell="mara", starts="08:30").until("09:00"))


def changes(found: Managers) -> list[Any]:
    with found.day.books() as books:
        return [c for c in books.changes.all() if c.ended_at is None]


def code_in(texts: list[str]) -> str:
    (text,) = texts
    return cast("re.Match[str]", re.search(r"YES (\d{4})", text))[1]


def test_who_and_next_are_answered_in_private(managers: Managers) -> None:
    (said,) = managers.writes("mara", "who desk")
    assert said == "desk: Ben on duty. From 16:00 UTC: Chen."
    assert managers.writes("mara", "Rotation, who desk?") == [said]
    (said,) = managers.writes("ana", "next")
    assert said == "16:00 UTC desk: Chen in, Ben out"
    assert managers.writes("ana", "next desk") == [said]
    assert "cover me until 18:00" in managers.writes("mara", "help")[0]
    assert managers.day.said(to="desk") == []


@pytest.mark.parametrize(
    "text",
    ["who wants lunch", "who", "next week then", "good morning", "yes 1234", "yes", "covered",
     "help me", "cover me until tomorrow", "who " + "x" * 200, "\u202ewho desk", ""],
)  # fmt: skip
def test_talk_is_not_answered(managers: Managers, text: str) -> None:
    assert managers.writes("mara", text) == []


def test_only_the_group_of_commands_the_fresh_and_the_signed_is_listened_to(
    managers: Managers,
) -> None:
    other = managers.day.chat("desk")
    assert managers.writes("mara", "who desk", group=other) == []
    assert managers.writes("mara", "who desk", ago=6 * MINUTE) == []
    assert managers.writes("mara", "who desk", secret=GUESS) == []
    assert managers.writes("mara", "who desk", event="message.any") == [], "it comes twice"


def test_whoever_is_in_no_roster_or_a_leaver_hears_nothing(managers: Managers) -> None:
    assert managers.writes("+491511000001", "who desk") == []
    with managers.day.by_hand() as books:
        wipes.begin(books, PersonId("ana"), "mara", "left", managers.day.now, by_hand=True)
    assert managers.writes("ana", "who desk") == []


def test_cover_takes_the_code_that_went_to_the_person_and_works_once(managers: Managers) -> None:
    found = replace(managers, operators=("ben",))
    asked = found.writes("ben", "cover me by ana until 12:00")
    assert "Ana stands in for Ben" in asked[0]
    assert "Ben -> Ana" in asked[0], asked
    assert changes(found) == []
    code = code_in(asked)
    assert found.writes("mara", f"YES {code}") == [], "it is ben's alone"
    news, done = found.writes("ben", f"yes {code}")
    assert "Ana" in news, "as everybody whose duty is moved"
    assert done.startswith("Written down as c1")
    (change,) = changes(found)
    assert (change.person, change.other, change.author) == ("ben", "ana", "Ben (chat)")
    assert change.ends == found.day.now.replace(hour=12, minute=0, second=0, microsecond=0)
    assert found.writes("ben", f"YES {code}") == []
    found.day.until("09:10")
    assert found.day.inside() == "ana", "ben has left for her"
    assert found.day.audit("changed")[0].origin == "Ben (chat) by hand"


def test_without_a_name_the_next_in_order_is_on_duty(day: Make, turns: Any) -> None:  # noqa: ANN401 - a fixture
    rehearsed = day({"all": ("00:00-24:00", turns("ana ben chen"))}, starts="08:30").until("09:00")
    found = Managers(rehearsed, operators=("ana",))
    code = code_in(found.writes("ana", "cover me until 18:00"))
    found.writes("ana", f"YES {code}")
    found.day.until("09:10")
    assert found.day.inside() == "ben"
    found.day.until("18:10")
    assert found.day.inside() == "ana"


def test_nobody_changes_anything_who_is_not_named_for_it(managers: Managers) -> None:
    (no,) = managers.writes("ben", "cover me by ana until 12:00")
    assert no.startswith("cover takes the rights of an operator, and Ben has those of a viewer")
    assert changes(managers) == []


def test_a_code_ends_after_five_minutes_and_after_three_guesses(managers: Managers) -> None:
    found = replace(managers, operators=("ben",))
    code = code_in(found.writes("ben", "cover me by ana until 12:00"))
    found.day.after(minutes=6)
    assert found.writes("ben", f"YES {code}") == ["That code counts no more. Ask again."]
    code = code_in(found.writes("ben", "cover me by ana until 12:00"))
    wrong = f"{(int(code) + 1) % 10_000:04}"
    for _guess in range(3):
        assert "not the code" in found.writes("ben", f"YES {wrong}")[0]
    assert found.writes("ben", f"YES {code}") == []
    assert changes(found) == []


def test_what_was_agreed_to_is_what_is_done_or_nothing(managers: Managers) -> None:
    found = replace(managers, operators=("ben",))
    code = code_in(found.writes("ben", "cover me by ana until 12:00"))
    found.day.adopt(replace(found.day.roster, tell=()))
    assert found.writes("ben", f"YES {code}") == [
        "the facts changed in the meantime, so nothing was done. Ask again."
    ]
    assert changes(found) == []


def test_what_makes_no_sense_is_named_and_ten_answers_are_enough(managers: Managers) -> None:
    found = replace(managers, operators=("ben",))
    assert "there is no person `zoe`" in found.writes("ben", "cover me by zoe until 12:00")[0]
    assert "is no date and time" in found.writes("ben", "cover me by ana until 25:00")[0]
    assert "there is no group `dessk`" in found.writes("ben", "who dessk")[0]
    for _more in range(7):
        assert len(found.writes("ben", "help")) == 1
    assert found.writes("ben", "help") == []
    found.day.after(minutes=11)
    assert len(found.writes("ben", "help")) == 1


def test_no_word_of_the_group_is_kept(managers: Managers) -> None:
    managers.writes("mara", "who desk")
    managers.writes("mara", "a word that nobody is to keep")
    with managers.day.books() as books:
        everything = str([books.audit.list(), books.changes.untold(), MappingProxyType({})])
    assert "nobody is to keep" not in everything
