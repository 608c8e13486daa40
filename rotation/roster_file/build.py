"""Checked files joined into one roster: values must fit each other across them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from rotation.core.roster import (
    AccountId,
    ChatId,
    Group,
    GroupId,
    Person,
    PersonId,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Silent,
    Uncovered,
    Weekly,
    WhenClosed,
)
from rotation.roster_file import briefs, changes, goodbyes, public_holidays, seasons
from rotation.roster_file.check import Checked
from rotation.roster_file.entries import (
    GroupEntry,
    PersonEntry,
    PolicyEntry,
    RosterFile,
    ShiftEntry,
)
from rotation.roster_file.model import TWICE
from rotation.roster_file.orders import Reading, persons
from rotation.roster_file.problems import Problem
from rotation.roster_file.tree import Path

_EVERY_DAY = frozenset(range(7))
_T = TypeVar("_T")


def build(files: Sequence[Checked]) -> tuple[Roster, list[Problem]]:
    """The roster of all files, and where their entries do not fit together.

    The roster is to be used only when nobody found a problem.
    """
    joining = _Joining(files)
    return joining.roster(), joining.problems


class _Joining:
    def __init__(self, files: Sequence[Checked]) -> None:
        self._files = files
        self._holidays = public_holidays.Calendars()
        self.problems: list[Problem] = []

    def roster(self) -> Roster:
        self._no_number_twice()
        self._no_chat_twice()
        people = {PersonId(n): _person(n, e) for _, n, e in self._people()}
        shifts = {ShiftId(n): self._shift(f, n, e) for f, n, e in self._shifts()}
        for checked in self._files:
            self.problems += [
                *goodbyes.problems(checked), *briefs.problems(checked), *seasons.problems(checked),
            ]  # fmt: skip
        self.problems += self._holidays.problems
        groups = {GroupId(n): _group(f.file, n, e, shifts) for f, n, e in self._groups()}
        tell = persons(dict.fromkeys(p for f in self._files for p in f.file.tell))
        made = [c for f in self._files for c in changes.made(f, people, shifts)]
        self.problems += [c for c in made if isinstance(c, Problem)]
        changed = tuple(c for c in made if not isinstance(c, Problem))
        found = self._holidays.found
        agents = all(f.file.tell_agents for f in self._files)
        return Roster(people, shifts, groups, tell, self._weekly(), changed, found, agents)

    def _weekly(self) -> Weekly | None:
        """One summary a week is enough, whichever file asks for it."""
        self._unique(
            "{} stands also in",
            "Keep one of them",
            (("`weekly`", f, ("weekly",)) for f in self._files if f.file.weekly is not None),
        )
        found = next((f.file.weekly for f in self._files if f.file.weekly is not None), None)
        if found is None:
            return None
        weekday, minute = found.at
        return Weekly(weekday, minute, found.zone, persons(found.agents))

    def _people(self) -> Iterator[tuple[Checked, str, PersonEntry]]:
        return ((f, name, entry) for f in self._files for name, entry in f.file.people.items())

    def _shifts(self) -> Iterator[tuple[Checked, str, ShiftEntry]]:
        return ((f, name, entry) for f in self._files for name, entry in f.file.shifts.items())

    def _groups(self) -> Iterator[tuple[Checked, str, GroupEntry]]:
        return ((f, name, entry) for f in self._files for name, entry in f.file.groups.items())

    def _no_number_twice(self) -> None:
        self._unique(
            "{} is also the number in",
            "Give each person their own number",
            ((entry.phone, f, ("people", name, "phone")) for f, name, entry in self._people()),
        )

    def _no_chat_twice(self) -> None:
        self._unique(
            "{} is also the chat in",
            "Join the two groups into one",
            (
                (f"{entry.chat} of account {entry.account}", f, ("groups", name, "chat"))
                for f, name, entry in self._groups()
            ),
        )

    def _unique(self, message: str, fix: str, found: Iterable[tuple[str, Checked, Path]]) -> None:
        first: dict[str, tuple[Checked, Path]] = {}
        for value, checked, path in found:
            if value in first:
                known, above = first[value]
                there = known.tree.problem(above, "", fix)
                where = f"{there.file}:{there.line}:{there.column}"
                self._wrong(checked, path, f"{message.format(value)} {where}", fix)
            else:
                first[value] = checked, path

    def _wrong(self, checked: Checked, path: Path, message: str, fix: str) -> None:
        self.problems.append(checked.tree.problem(path, message, fix))

    def _shift(self, checked: Checked, name: str, entry: ShiftEntry) -> Shift:
        path = ("shifts", name)
        hours, first_day = entry.hours
        weekdays = _EVERY_DAY if entry.days is None else entry.days
        if first_day is not None:
            weekdays = frozenset({first_day})
            if entry.days is not None:
                self._wrong(checked, (*path, "days"), *TWICE)
        reading = Reading(checked.tree, path)
        turns, then = reading.turns(entry), reading.then(entry)
        self.problems += reading.problems
        others = seasons.joined(entry.seasons, weekdays)
        kept = self._holidays.kept(entry.holidays, checked.tree, (*path, "holidays"))
        return Shift(ShiftId(name), entry.zone, hours, weekdays, turns, others, kept, then)


def _group(
    file: RosterFile, name: str, entry: GroupEntry, shifts: Mapping[ShiftId, Shift]
) -> Group:
    first = shifts.get(ShiftId(entry.shifts[0])) if entry.shifts else None
    zone = first.zone if first is not None else "UTC"
    return Group(
        id=GroupId(name),
        account=AccountId(entry.account),
        chat=ChatId(entry.chat),
        shifts=tuple(ShiftId(s) for s in entry.shifts),
        mode=entry.mode,
        policy=_policy(entry.policy, file.defaults, zone),
        always_in=persons(entry.always_in),
        pins=persons(entry.pins),
        tell=persons(file.tell if entry.tell is None else entry.tell),
        team=entry.team or file.team,
        language=entry.language,
    )


def _person(name: str, entry: PersonEntry) -> Person:
    known_by = entry.name, entry.phone, entry.zone, entry.language, entry.role
    return Person(PersonId(name), *known_by, core=entry.core)


def _policy(entry: PolicyEntry, defaults: PolicyEntry | None, zone: str) -> Policy:
    """The group's own words, then the file's defaults, then ours."""

    def said(*choices: _T | None, ours: _T) -> _T:
        return next((c for c in choices if c is not None), ours)

    above = defaults or PolicyEntry()
    ours = Policy()
    adding = said(entry.if_add_fails, above.if_add_fails, ours=list(ours.if_add_fails))
    silent = entry.silent or above.silent
    uncovered = said(entry.uncovered, above.uncovered, ours=ours.uncovered)
    unless = WhenClosed.EMPTY if uncovered is Uncovered.EMPTY else ours.when_closed
    return Policy(
        join_early=said(entry.join_early, above.join_early, ours=ours.join_early),
        stay_late=said(entry.stay_late, above.stay_late, ours=ours.stay_late),
        keep_at_least=said(entry.keep_at_least, above.keep_at_least, ours=ours.keep_at_least),
        uncovered=uncovered,
        if_add_fails=tuple(adding),
        admins=said(entry.admins, above.admins, ours=ours.admins),
        goodbye=goodbyes.joined(entry.goodbye, above.goodbye, zone),
        strangers_after=said(
            entry.strangers_after, above.strangers_after, ours=ours.strangers_after
        ),
        silent=None
        if silent is None
        else Silent(silent.after, silent.do, tuple(silent.keep_roles)),
        brief=briefs.joined(entry.brief, above.brief),
        reset_link_after=tuple(said(entry.reset_link_after, above.reset_link_after, ours=[])),
        closed=seasons.closed(said(entry.closed, above.closed, ours=[])),
        when_closed=said(entry.when_closed, above.when_closed, ours=unless),
        fallback=persons(said(entry.fallback, above.fallback, ours=[])),
    )
