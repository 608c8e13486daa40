"""Rehearse a fortnight of thirty agents in which adding someone again is often refused.

    python tools/fortnight.py [DAYS]

Three shifts a day, two of ten agents each in daily turns, two groups; whoever is sent the invite
link follows it. Prints a line for each chance of a refusal; ends with 1 if anything went wrong.
"""

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Turns,
)
from rotation.roster_file import digest
from rotation.sandbox import Request
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

Json: TypeAlias = Any
"""Whatever an answer of the sandbox holds."""

STARTS = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
EARLY = timedelta(minutes=10)
EVERY_DAY = frozenset(range(7))


def roster() -> Roster:
    people = [
        Person(PersonId(f"p{n:02d}"), f"P{n}", Phone(f"+3519100001{n:02d}")) for n in range(30)
    ]
    shifts = {}
    for number, starts in enumerate((0, 8, 16)):
        order = tuple(p.id for p in people[number::3])
        turns = Turns(order, Every.DAY, 1, date(2026, 1, 5), on_duty=2)
        hours = Hours(starts * 60, (starts + 8) * 60)
        shifts[ShiftId(f"s{number}")] = Shift(ShiftId(f"s{number}"), "UTC", hours, EVERY_DAY, turns)
    groups = {
        GroupId(name): Group(
            GroupId(name), AccountId("main"), ChatId(f"12036304123450000{n}@g.us"), tuple(shifts),
            Mode.MANAGED, Policy(join_early=EARLY),
        )
        for n, name in enumerate(("acme", "bolt"))
    }  # fmt: skip
    return Roster({p.id: p for p in people}, shifts, groups)


def asked(rehearsal: Rehearsal, method: str, path: str, body: object = None) -> Json:
    sent = b"" if body is None else json.dumps(body).encode()
    answer = rehearsal.world.handle(Request.to(method, f"/sandbox/{path}", {}, sent))
    return json.loads(answer.body)


def follow_invites(rehearsal: Rehearsal, since: datetime) -> None:
    """Whoever was sent a link since then, by a message of ours, follows it."""
    groups = asked(rehearsal, "GET", "state")["groups"]
    messages = asked(rehearsal, "GET", "messages")["messages"]
    for message in messages:
        for chat, group in groups.items():
            recent = datetime.fromisoformat(message["at"]) >= since
            if recent and group["invite_code"] in message["text"]:
                phone = {"phone": message["chat"], "code": group["invite_code"]}
                asked(rehearsal, "POST", f"groups/{chat}/rejoin", phone)


def rehearse(chance: float, days: int) -> Json:
    known = roster()
    world = world_for(known, STARTS, instance=INSTANCE, token=TOKEN)
    world["settings"] = {"re_adding_chance": chance, "re_adding_minutes": 60 * 24 * 30}
    rehearsal = Rehearsal(world, STARTS)
    rehearsal.adopt(known, digest(known))
    for shift in range(3 * days):
        begins = STARTS + shift * timedelta(hours=8)
        rehearsal.run(begins + timedelta(minutes=25))
        follow_invites(rehearsal, begins)
        rehearsal.run(begins + timedelta(hours=8))
    return rehearsal.world.verdict()


def main() -> int:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 14
    went_wrong = False
    for chance in (0.0, 0.2, 1.0):
        began = time.process_time()
        verdict = rehearse(chance, days)
        measures = verdict["measures"]
        uncovered = sum(measures["uncovered_minutes"].values())
        bad = verdict["wrongs"] or uncovered or measures["hot_retries"]
        went_wrong = went_wrong or bool(bad) or measures["most_invites_per_shift"] > 1
        print(
            f"{chance:4.0%} refused: {verdict['wrongs']} wrongs, {uncovered:.1f} uncovered minutes,"
            f" {measures['adds']} adds, {measures['removals']} removals,"
            f" {measures['refused_adds']} refused, {measures['hot_retries']} hot retries,"
            f" {measures['most_invites_per_shift']} invites at most,"
            f" {time.process_time() - began:.0f} s"
        )
    return int(went_wrong)


if __name__ == "__main__":
    sys.exit(main())
