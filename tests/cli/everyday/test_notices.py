"""notices: what is foretold is what is said."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Subscription
from rotation.core.roster import (
    Brief,
    BriefTo,
    ClosedHours,
    Goodbye,
    GroupId,
    Hours,
    Mode,
    NoticeTo,
    PersonId,
    Phone,
    Quiet,
    Roster,
)
from rotation.ledger import Ledger, upgrade
from rotation.sandbox import Request
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
ACME = GroupId("acme")
TEXTS: Mapping[tuple[str, str], str] = {
    ("", ""): "{names} go.",
    ("shift_end", "pt"): "{names} saem de {group}; {next} até {until}. De volta: {back}.",
    ("warning", "pt"): "{names}: {group} termina {until}.",
}


def spoken(roster: Roster, to: NoticeTo) -> Roster:
    """The roster, with chen and acme reading Portuguese, and words of goodbye."""
    group, chen = roster.groups[ACME], roster.people[PersonId("chen")]
    policy = replace(group.policy, goodbye=Goodbye(TEXTS, timedelta(minutes=2), to))
    group = replace(group, policy=policy, language="pt")
    people = {**roster.people, chen.id: replace(chen, language="pt-BR", zone="Asia/Tokyo")}
    return replace(roster, people=people, groups={ACME: group})


def rehearsed(office: Office, roster: Roster, starts: datetime) -> Rehearsal:
    upgrade(office.url)
    world = world_for(roster, starts, instance=INSTANCE, token=TOKEN, length=timedelta(days=9))
    found = Rehearsal(world, starts, ledger=Ledger(office.url))
    found.adopt(roster, "d1")
    return found


@pytest.mark.slow
@pytest.mark.promise("S13")
@pytest.mark.parametrize("to", NoticeTo)
def test_what_is_foretold_is_said_word_for_word_and_then(
    empty_office: Office, roster: Roster, monday: datetime, to: NoticeTo
) -> None:
    desk = spoken(roster, to)
    found = rehearsed(empty_office, desk, monday.replace(hour=15))
    found.run(monday.replace(hour=15, minute=30))
    told = empty_office.json("notices", "acme", "--reason", "shift_end", at=found.now)
    (one,) = told["notices"]
    found.run(monday.replace(hour=16, minute=10))
    chat = desk.groups[ACME].chat if to is NoticeTo.GROUP else desk.people[PersonId("chen")].phone
    path = f"/sandbox/messages?chat={chat.replace('+', '%2B')}"
    messages = json.loads(found.world.handle(Request.to("GET", path, {}, b"")).body)["messages"]
    (message,) = (m for m in messages if m["sender"] is not None)
    assert one["text"] == message["text"]
    assert one["text"] == "Chen saem de acme; Emil até Tue 08:00. De volta: Wed 17:00."
    assert one["at"] == "2026-01-05T16:03:00Z"
    assert (
        timedelta(0)
        <= datetime.fromisoformat(message["at"]) - monday.replace(hour=16, minute=3)
        < timedelta(seconds=30)
    )
    assert (one["key"], one["real"]) == ("shift_end.pt", True)
    assert one["to"] == ("group" if to is NoticeTo.GROUP else "chen")
    found.ledger.close()


def test_every_reason_has_its_text_its_key_and_its_time(
    empty_office: Office, roster: Roster, monday: datetime
) -> None:
    found = rehearsed(empty_office, spoken(roster, NoticeTo.GROUP), monday.replace(hour=12))
    found.run(monday.replace(hour=12, minute=5))
    with found.ledger.writing() as books:
        until = found.now + timedelta(days=5)
        zoe = books.people.guest(Phone("+4915100000001"), "Zoe", found.now)
        one = Subscription("M-1", ACME, zoe, until, until, "mara", found.now)
        books.subscriptions.save(replace(one, warn_days=2, warn_at=until - timedelta(days=2)))
    text = empty_office.text("notices", "acme", at=found.now)
    assert (
        "ticket: as if it were for that: Chen, to the group, 16:03 Lisbon (16:03 UTC)"
        " (texts, `any`)\n  Chen go.\n"
    ) in text
    assert "warning: Zoe, to Zoe, Thu 12:05 Lisbon (12:05 UTC) (texts, `warning.pt`)\n" in text
    assert "  Zoe: acme termina Sat 2026-01-10 20:05 +08:00 Asia/Singapore.\n" in text
    english = empty_office.text("notices", "acme", "--language", "de", at=found.now)
    assert "shift_end: Chen, to the group, 16:03 Lisbon (16:03 UTC) (texts, `any`)" in english
    assert "warning: Zoe, to Zoe, Thu 12:05 Lisbon (12:05 UTC) (rotation's own words)" in english
    found.ledger.close()


@pytest.mark.slow
def test_quiet_hours_show_in_the_preview_the_plan_and_the_history(
    empty_office: Office, roster: Roster, monday: datetime
) -> None:
    desk = spoken(roster, NoticeTo.GROUP)
    group = desk.groups[ACME]
    assert group.policy.goodbye is not None
    quiet = Quiet(Hours(16 * 60, 17 * 60 + 30), "Europe/Lisbon")
    policy = replace(group.policy, goodbye=replace(group.policy.goodbye, quiet=quiet))
    desk = replace(desk, groups={ACME: replace(group, policy=policy)})
    found = rehearsed(empty_office, desk, monday.replace(hour=15))
    found.run(monday.replace(hour=15, minute=30))
    text = empty_office.text("notices", "acme", at=found.now)
    assert text.startswith("Quiet hours: 16:00 to 17:30 Lisbon. Nothing of this is said in them.\n")
    assert "shift_end: not said; quiet hours until 17:30 Lisbon (17:30 UTC)\n" in text
    assert (
        "stranger: as if it were for that: Chen, to the group, 17:30 Lisbon (17:30 UTC),"
        " when quiet hours end (texts, `any`)\n"
    ) in text
    with found.ledger.writing() as books:
        until = monday.replace(hour=16, minute=10)
        zoe = books.people.guest(Phone("+4915100000001"), "Zoe", found.now)
        one = Subscription("M-1", ACME, zoe, until, until, "mara", found.now)
        books.subscriptions.save(replace(one, warn_days=2, warn_at=until))
    told = empty_office.json("notices", "acme", "--reason", "warning", at=found.now)
    assert told["quiet"] == "16:00 to 17:30 Lisbon"
    assert told["notices"] == [], "her time is over before anything may be said"
    at = monday.replace(hour=16, minute=4, second=59)
    found.run(at)
    plan = empty_office.text("plan", "acme", at=at + timedelta(seconds=1))
    assert "remove Chen from acme now, without a goodbye in quiet hours, because europe" in plan
    found.run(at + timedelta(minutes=2))
    history = empty_office.text("history", "--group", "acme", at=found.now)
    assert "no goodbye was said for Chen (shift end, europe/2026-01-05/0, quiet hours" in history
    found.ledger.close()


@pytest.mark.slow
def test_whoever_waits_for_quiet_hours_to_end_is_planned_and_explained_so(
    empty_office: Office, roster: Roster, monday: datetime
) -> None:
    quiet = Quiet(Hours(12 * 60, 14 * 60), "UTC")
    group = roster.groups[ACME]
    policy = replace(group.policy, goodbye=Goodbye(TEXTS, quiet=quiet), silent=None)
    strict = replace(
        group, policy=replace(policy, strangers_after=timedelta(hours=1)), mode=Mode.STRICT
    )
    found = rehearsed(
        empty_office, replace(roster, groups={ACME: strict}), monday.replace(hour=11, minute=30)
    )
    found.run(monday.replace(hour=13))
    said = "at 14:00 Lisbon (14:00 UTC), when quiet hours end, because no roster names them"
    assert said in empty_office.text("plan", "acme", at=found.now)
    with found.ledger.reading() as books:
        strangers = [str(p) for p, who in books.people.all().items() if who.stranger]
    told = [empty_office.text("explain", who, "acme", at=found.now) for who in strangers]
    assert any(said in text for text in told)
    found.ledger.close()


@pytest.mark.slow
@pytest.mark.promise("P-closed")
def test_whoever_stays_in_closed_hours_is_planned_so_and_neither_held_nor_past_their_time(
    empty_office: Office, roster: Roster, monday: datetime
) -> None:
    evening = ClosedHours(Hours(16 * 60, 24 * 60), frozenset(range(7)), "UTC")
    group = roster.groups[ACME]
    policy = replace(group.policy, closed=(evening,), silent=None)
    by_day = replace(group, shifts=group.shifts[:2], policy=policy)
    shut = replace(roster, groups={ACME: by_day})
    found = rehearsed(empty_office, shut, monday.replace(hour=15))
    found.run(monday.replace(hour=17))
    said = "at 08:00 Singapore (00:00 UTC), when closed hours end, because europe"
    assert said in empty_office.text("plan", "acme", at=found.now)
    assert "Chen" in empty_office.text("status", "acme", at=found.now)
    with found.ledger.reading() as books:
        assert books.holds.in_force() == []
    assert "past" not in empty_office.text("review", "acme", at=found.now)
    found.ledger.close()


def test_a_brief_is_previewed_to_whom_it_is_said_and_where_a_goodbye_says_it(
    empty_office: Office, roster: Roster, monday: datetime
) -> None:
    said, at = {"": "{leaving}, {arriving}: {until}."}, monday.replace(hour=12)
    group, emil = roster.groups[ACME], roster.people[PersonId("emil")]
    people = {**roster.people, emil.id: replace(emil, zone="Asia/Tokyo")}
    texts: list[str] = []
    found = rehearsed(empty_office, roster, at)
    found.run(at + timedelta(minutes=1))
    night = Quiet(Hours(15 * 60, 17 * 60), "UTC")
    for goodbye, to in (
        (None, BriefTo.PERSON),
        (None, BriefTo.GROUP),
        (Goodbye(TEXTS), BriefTo.GROUP),
        (Goodbye(TEXTS, quiet=night), BriefTo.PERSON),
    ):
        policy = replace(group.policy, brief=Brief(said, to), goodbye=goodbye)
        edited = replace(roster, people=people, groups={ACME: replace(group, policy=policy)})
        found.adopt(edited, f"d{len(texts)}+")
        texts.append(empty_office.text("notices", "acme", "--reason", "brief", at=found.now))
    head = "brief: Emil, to {}, 16:00 Lisbon (16:00 UTC) (`brief`)\n  Chen, Emil: Tue {}.\n"
    assert texts == [
        head.format("Emil", "09:00"),
        head.format("the group", "08:00"),
        "brief: not said; the goodbye names who leaves and who arrives\n",
        (
            "Quiet hours: 15:00 to 17:00 UTC. Nothing of this is said in them.\n"
            "brief: not said; quiet hours until 17:00 Lisbon (17:00 UTC)\n"
        ),
    ]
    found.ledger.close()


def test_a_watched_group_and_a_group_without_words_say_so(office: Office) -> None:
    text = office.text("notices", "trial")
    assert text.startswith("trial is only watched: none of this is said until it is managed.")
    assert "shift_end: not said; no text is for it" in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--reason", "shiftend"), "`shiftend` is no reason that is said aloud. Did you mean `sh"),
        (("--reason", "leaver"), "`leaver` is no reason that is said aloud. Known here: brief"),
        (("--language", "Portuguese"), "`Portuguese` is not a language code. Write one like `pt`"),
    ],
)
def test_a_reason_or_language_that_is_none_is_refused(
    office: Office, asked: tuple[str, str], said: str
) -> None:
    found = office.run("notices", "bolt", *asked)
    assert found.exit_code == 2
    assert said in found.stderr
