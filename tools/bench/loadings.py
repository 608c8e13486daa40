"""Rosters read from their files: all that the daemon does with the text, against the parser alone.

The parser is the same, over the same text: `ruamel.yaml` in pure Python by events, since the place
of every key has to be known where something is wrong, and nothing is to be constructed. What is
read must be the roster that was written.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import rosters
from table import Goal, Row, seconds
from timelines import cpu, heap_as_in_the_daemon

from rotation.core.roster import Group, Hours, Person, Roster, Shift, Turns
from rotation.roster_file import RosterErrors, Snapshot, read_snapshot
from rotation.roster_file.tree import events

MANY, APART, A_FILE = 10_000, 250, 4000
ROUNDS = 3
ANCHOR = date(2026, 12, 28)
TWICE = Goal("<=", 2)


def measured() -> Iterator[Row]:
    alike = rosters.three_suns(MANY, ANCHOR)
    yield _row(f"{MANY:,} groups that share people and shifts", alike, MANY)
    apart = rosters.many_suns(APART, ANCHOR)
    yield _row(f"{APART} groups with three shifts and 18 people each", apart, APART)


def _row(what: str, roster: Roster, groups: int) -> Row:
    texts = list(written(roster))
    files = _files(texts)
    assert read_snapshot(files) == roster  # noqa: S101 - or something else is measured
    wrong = _files([text.replace("Asia/Singapore", "Asia/Singapur", 1) for text in texts])
    with heap_as_in_the_daemon():
        works = (
            lambda: read_snapshot(files),
            lambda: _refused(wrong),
            lambda: sum(1 for text in texts for _ in events(text)),
        )
        found = [[cpu(work) for work in works] for _ in range(ROUNDS)]
    whole, refused, parser = (min(column) for column in zip(*found, strict=True))
    told = f"{seconds(whole)}; with a mistake {seconds(refused)}"
    base = f"{seconds(parser)} the parser alone, {sum(map(len, texts)) / groups:.0f} bytes a group"
    return Row(what, told, base, whole / parser, TWICE)


def _refused(files: Snapshot) -> None:
    try:
        read_snapshot(files)
    except RosterErrors as wrong:
        assert wrong.problems[0].line > 1  # noqa: S101, PT017 - it says where
        return
    raise RuntimeError("a mistake was not seen")


def written(roster: Roster) -> Iterator[str]:
    """Rosters of this bench as people write them, in files of a size that is allowed."""
    sections = {
        "people": list(map(_person, roster.people.values())),
        "shifts": list(map(_shift, roster.shifts.values())),
        "groups": list(map(_group, roster.groups.values())),
    }
    for name, entries in sections.items():
        for first in range(0, len(entries), A_FILE):
            yield "\n".join((f"{name}:", *entries[first : first + A_FILE], ""))


def _files(texts: Sequence[str]) -> Snapshot:
    return tuple((f"desk-{number:02}.yaml", text.encode()) for number, text in enumerate(texts))


def _group(group: Group) -> str:
    return (
        f"  {group.id}: {{account: {group.account}, chat: {group.chat}, "
        f"shifts: [{', '.join(group.shifts)}], mode: {group.mode}}}"
    )


def _person(person: Person) -> str:
    return f'  {person.id}: {{name: {person.name}, phone: "{person.phone}"}}'


def _shift(shift: Shift) -> str:
    turns = shift.turns
    assert isinstance(turns, Turns)  # noqa: S101 - the rosters of this bench
    order = ", ".join(turns.order)
    return (
        f"  {shift.id}:\n    zone: {shift.zone}\n    hours: {_hours(shift.hours)}\n"
        "    days: weekdays\n"
        f"    turns: {{change: every week, from: {turns.anchor}, order: [{order}]}}"
    )


def _hours(hours: Hours) -> str:
    starts, ends = divmod(hours.starts, 60), divmod(hours.ends, 60)
    return f"{starts[0]:02}:{starts[1]:02} to {ends[0]:02}:{ends[1]:02}"
