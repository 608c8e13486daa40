"""What the everyday commands stand on: the settings, the ledger, the roster in force, the time.

They read the ledger, whether the daemon runs or not, and write to it only what somebody asked
for; the daemon sees that within a second.
"""

import getpass
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from rotation.core.holds import Hold
from rotation.core.roster import EMPTY, GroupId, PersonId, Phone, Roster
from rotation.core.timeline import Timeline
from rotation.engine import GroupView
from rotation.ledger import (
    Books,
    Ledger,
    LedgerHeld,
    LedgerTrouble,
    Unreadable,
    current,
    file_lock,
    name_of,
)
from rotation.settings import Settings
from rotation.surfaces.answers.naming import anyone_called
from rotation.surfaces.cli.moment import now as machine_time
from rotation.surfaces.cli.operate import settings_or_fail
from rotation.surfaces.cli.output import Ends, complain, fail, say
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.naming import group_called, number_written, person_called
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Changed, NotAllowed, Refused, Wrong

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
Author = Annotated[
    str | None, typer.Option(help="Who asks for it; the name you are logged in as, if not given.")
]
OneGroup = Annotated[str | None, typer.Argument(help="Only this group.", show_default=False)]


SERVER = "ROTATION_SERVER"
"""The variable that names a rotation elsewhere."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock handed to a command by whoever runs it, in place of the machine's."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class Desk:
    """The ledger at one instant. `roster`, `digest` and `timeline` are of the roster in force.

    Where none is in force yet, the digest is empty and the roster names nobody.
    """

    settings: Settings
    ledger: Ledger
    clock: Callable[[], datetime]
    now: datetime
    zone_data: str
    digest: str
    roster: Roster
    timeline: Timeline

    def sight(self, books: Books) -> Sight:
        return Sight(books, self.digest, self.roster, self.timeline, self.now)

    def view(self, books: Books, group: GroupId) -> GroupView:
        return self.sight(books).view(group)

    def sound(self, books: Books, groups: Iterable[GroupId]) -> list[GroupView]:
        """The groups of which everything can be read; a word about each of the others."""
        return self.sight(books).sound(groups, left_out)

    def later(self) -> "Desk":
        """The same desk at the time it is by now."""
        return replace(self, now=self.clock())

    def group(self, name: str) -> GroupId:
        """The group of this name; ends the command if there is none."""
        with no_nonsense():
            return group_called(self.roster, name)

    def groups(self, name: str | None) -> tuple[GroupId, ...]:
        return tuple(self.roster.groups) if name is None else (self.group(name),)

    def person(self, name: str) -> PersonId:
        """Who is meant, by key or by name; ends the command unless it is just one person."""
        with no_nonsense():
            return person_called(self.roster, name)

    def anyone(self, books: Books, name: str) -> PersonId:
        """Who is meant, also somebody of no roster: by number, or by the name that let them in."""
        with no_nonsense():
            return anyone_called(self.sight(books), name)

    def name(self, person: PersonId) -> str:
        known = self.roster.people.get(person)
        return known.name if known is not None else masked(person)

    @property
    def holder(self) -> str | None:
        """The daemon that carries out what is asked for, None while there is none."""
        try:
            with file_lock(self.settings.database.reveal()):
                return None
        except LedgerHeld as held:
            return held.holder


@contextmanager
def at_desk(
    context: typer.Context, config: Path | None, *, rosterless: bool = False
) -> Iterator[Desk]:
    """The ledger with the roster in force; ends the command, saying what to do, without one.

    With `rosterless` it is enough that the ledger says what is wrong with the first roster.
    """
    from rotation.zone_data import use_newest

    if getattr(context.find_root().obj, "is_far", False):
        fail("that works on the machine itself only", "Leave out --server", Ends.USAGE)
    seated = context.find_object(Desk)
    if seated is not None:
        yield seated
        return
    if config is None and os.environ.get(SERVER):
        fail(f"{SERVER} names a rotation elsewhere, and this works on the machine itself only",
             "Unset it, or say --config", Ends.USAGE)  # fmt: skip
    settings = settings_or_fail(config, need_secrets=False)
    zone_data = use_newest()
    try:
        ledger = opened(settings)
        try:
            with ledger.reading() as books:
                digest, roster = books.rosters.in_force() or ("", EMPTY)
                if not digest:
                    _require_reason(books, settings, enough=rosterless)
            clock = clock_of(context, settings)
            yield Desk(
                settings,
                ledger,
                clock,
                clock(),
                zone_data.version,
                digest,
                roster,
                Timeline(roster),
            )
        finally:
            ledger.close()
    except LedgerTrouble as trouble:
        fail(str(trouble))


def _require_reason(books: Books, settings: Settings, *, enough: bool) -> None:
    """Without a roster: the hold that says why there is none, if that is `enough`."""
    wrong = [h.item.detail for h in books.holds.in_force() if h.item.hold is Hold.ROSTER]
    if wrong and not enough:
        fail(f"no roster is in force; see `rotation check`: {masked(wrong[0])}")
    if not wrong:
        fail(
            "no roster is in force yet",
            f"Start the daemon with `rotation run`; it reads the files in {settings.schedules}",
        )


def opened(settings: Settings) -> Ledger:
    """The ledger of the settings; ends the command where there is none yet."""
    url = settings.database.reveal()
    if current(url) is None:
        where = name_of(url)
        fail(f"there is no ledger at {where} yet", "Start the daemon once with `rotation run`")
    ledger = Ledger(url)
    ledger.require_schema()
    return ledger


def clock_of(context: typer.Context, settings: Settings) -> Callable[[], datetime]:
    """The daemon's clock: the machine's, or that of a sandbox which has its own."""
    given = context.find_object(Clock)
    if given is not None:
        return given
    stepped = [a.base_url for a in settings.accounts.values() if a.clock == "stepped"]
    if not stepped:
        return machine_time
    from rotation.wiring.clocks import SandboxClock

    try:
        clock = SandboxClock(stepped[0], "command")
    except (ConnectionError, ValueError) as trouble:
        fail(str(trouble), 'Start it with `rotation sandbox --stepped ...`, or set clock = "real"')
    return lambda: clock().at


@contextmanager
def no_nonsense() -> Iterator[None]:
    """Ends the command where what was typed makes no sense, or what was asked for is refused."""
    try:
        yield
    except Refused as no:
        if any(one.fix for one in no.problems):
            fail(no.what, no.fix, Ends.PROBLEMS)
        for what in dict.fromkeys(one.what for one in no.problems):
            complain(f"rotation: {what}")
        fail("nothing was done", ends=Ends.PROBLEMS)
    except (Changed, NotAllowed) as no:
        fail(no.what, no.fix, Ends.PROBLEMS)
    except Wrong as wrong:
        fail(wrong.what, wrong.fix, Ends.USAGE)


def left_out(group: GroupId, trouble: Unreadable) -> None:
    complain(f"rotation: {group} is left out: {trouble}")


def phone_or_fail(text: str) -> Phone:
    """A number as people write it; ends the command where it is none. No country is guessed."""
    with no_nonsense():
        return number_written(text)


def author_or_user(author: str | None) -> str:
    """Who asks: as given, else the user this runs as."""
    try:
        found = (author or os.environ.get("USER") or getpass.getuser()).strip()
    except (KeyError, OSError):
        found = ""
    if not found:
        fail("it is not known who asks", "Say it with --author NAME", Ends.USAGE)
    return masked(on_one_line(found))


def stated(reason: str) -> str:
    """A reason that says something, fit to be kept."""
    found = masked(on_one_line(reason.strip()))
    if not found:
        fail("a reason is needed", "Say it with --reason TEXT", Ends.USAGE)
    return found


def agreed(question: str, *, yes: bool) -> bool:
    """Whether somebody at the terminal says yes; ends the command where nobody can be asked."""
    if yes:
        return True
    _somebody_is_there()
    return typer.confirm(question, default=False, err=True)


def meant_by_typing(effect: str, word: str, *, yes: bool) -> None:
    """Say the effect, and have `word` typed; ends the command unless it is, or `yes`."""
    typer.echo(effect, err=True)
    typed(word, yes=yes)


def typed(word: str, *, yes: bool) -> None:
    """Have `word` typed; ends the command unless it is, or `yes`."""
    if yes:
        return
    _somebody_is_there()
    said = typer.prompt(f"Type {word} to do it", err=True, default="", show_default=False)
    if said.strip() != word:
        fail("that is something else, so nothing was done", ends=Ends.PROBLEMS)


def _somebody_is_there() -> None:
    if not sys.stdin.isatty():
        fail("nobody is there to be asked, so nothing was done", "Add --yes to do it", Ends.USAGE)


def say_who_carries_it_out(holder: str | None, groups: tuple[GroupId, ...]) -> None:
    if holder is not None:
        say(f"The daemon ({holder}) carries it out within a second.")
        return
    once = " ".join(["rotation run --once", *(groups if len(groups) == 1 else ())])
    say(f"No daemon runs here; `{once}` carries it out.")


def age(read_at: datetime | None, now: datetime) -> timedelta | None:
    return None if read_at is None else max(now - read_at, timedelta(0))
