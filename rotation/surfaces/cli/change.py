"""Cover, time off, swaps and extra people, by command: each first shows whose duty moves."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, NoReturn, TypedDict

import typer

from rotation.core.moves import news
from rotation.core.reason import Reason
from rotation.core.roster import Change, Doing, PersonId, ShiftId, WhileOff
from rotation.core.timeline import Span
from rotation.ledger import Books
from rotation.surfaces.change_said import groups_of, remarks, when_said, who_said
from rotation.surfaces.changing import (
    Weighed,
    is_over,
    now_or_next,
    occurrences,
    undone,
    weigh,
    without,
)
from rotation.surfaces.cli.change_shown import (
    change_as_data,
    moves_as_data,
    show_made,
    show_moves,
    show_weighed,
)
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    agreed,
    at_desk,
    author_or_user,
    say_who_carries_it_out,
    stated,
)
from rotation.surfaces.cli.moment import exact
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, say, table
from rotation.surfaces.cli.refusing import Order

_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NAME = re.compile(r"c[1-9]\d{0,17}", re.ASCII)
"""How `rotation undo` calls a change of duty."""

Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]
OneShift = Annotated[
    str | None, typer.Option("--shift", help="Only this shift; else all that they have.")
]
Begins = Annotated[
    str | None,
    typer.Option(
        "--from", help='A date, for whole shifts; or "2027-03-14 08:00 Europe/Lisbon"; else now.'
    ),
]
Until = Annotated[
    str | None,
    typer.Option(help="The last date, or an instant; else that date, or the end of their duty."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say who would be on duty when, and do nothing.")
]


class _Window(TypedDict, total=False):
    """Local dates, or instants."""

    first: date
    last: date
    starts: datetime
    ends: datetime


def register(app: typer.Typer) -> None:
    app.command()(cover)
    app.command()(off)
    app.command()(swap)
    app.command()(extra)
    app.command("changes")(listed)


# -- the commands ---------------------------------------------------------------------------


def cover(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who is covered.")],
    *,
    by: Annotated[str, typer.Option("--by", help="Who stands in.", metavar="PERSON")],
    reason: Why,
    begins: Begins = None,
    until: Until = None,
    shift: OneShift = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Let somebody stand in for somebody else, in every group of their shifts.

    Without a time it is for their duty that goes on, else for their next. Of covers that meet the
    one made last is done. Ends with 1, and changes nothing, when something speaks against it.

    Example: rotation cover ana --by ben --from 2027-03-15 --until 2027-03-19 --reason "Ana is ill"
    """
    why, who = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        of, only = desk.person(person), _shift(desk, shift)
        asked = Change(Doing.COVER, of, desk.person(by), only, reason=why, author=who)
        asked = replace(asked, **_window(desk, asked, begins, until))
        _make(Order(desk, "cover", (who, why), of), asked, dry_run, yes=yes, as_data=as_data)


def off(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who is off.")],
    *,
    reason: Why,
    begins: Begins = None,
    until: Until = None,
    turn: Annotated[
        WhileOff,
        typer.Option(
            help="Whose their turn is: the next in order's (skip), traded for a later one (swap),"
            " or nobody's (hold)."
        ),
    ] = WhileOff.SKIP,
    shift: OneShift = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Give somebody time off: they are on duty in none of their shifts in it.

    A date is for whole shifts, those that start on it by the shift's own clocks. Shows what nobody
    would be on duty for. Ends with 1, and changes nothing, when something speaks against it.

    Example: rotation off ana --from 2027-08-02 --until 2027-08-13 --turn swap --reason holiday
    """
    why, who = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        of, only = desk.person(person), _shift(desk, shift)
        asked = Change(Doing.OFF, of, shift=only, turn=turn, reason=why, author=who)
        asked = replace(asked, **_window(desk, asked, begins, until))
        _make(Order(desk, "off", (who, why), of), asked, dry_run, yes=yes, as_data=as_data)


def swap(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who gives a shift away.")],
    day: Annotated[str, typer.Argument(help="The date it starts on.", metavar="DATE")],
    *,
    other: Annotated[str, typer.Option("--with", help="Who takes it.", metavar="PERSON")],
    for_day: Annotated[
        str, typer.Option("--for", help="The date theirs starts on.", metavar="DATE")
    ],
    reason: Why,
    shift: Annotated[
        str | None, typer.Option("--shift", help="Which, if they have several that day.")
    ] = None,
    for_shift: Annotated[
        str | None, typer.Option("--for-shift", help="Which of the other's, likewise.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Exchange two people's shifts, each named by the date it starts on.

    It is about these very shifts: if one of them goes another way in the roster the swap is void.

    Example: rotation swap ana 2027-03-15 --with ben --for 2027-03-22 --reason "Ana's wedding"
    """
    why, who = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        one, two = desk.person(person), desk.person(other)
        mine = _occurrence(desk, one, day, shift, "--shift")
        theirs = _occurrence(desk, two, for_day, for_shift, "--for-shift")
        asked = Change(
            Doing.SWAP, one, two, occurrence=mine.key, for_occurrence=theirs.key, reason=why,
            author=who,
        )  # fmt: skip
        _make(Order(desk, "swap", (who, why), one), asked, dry_run, yes=yes, as_data=as_data)


def extra(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Who is on duty as well.")],
    *,
    shift: Annotated[str, typer.Option("--shift", help="In which shift.")],
    begins: Annotated[str, typer.Option("--from", help="A date, or an instant.")],
    reason: Why,
    until: Until = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Put somebody on duty as well, in a shift and all its groups.

    Only in the shift's own hours: it makes no new ones.

    Example: rotation extra dora --shift europe --from 2027-11-26 --reason "Black Friday"
    """
    why, who = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        of, only = desk.person(person), _shift(desk, shift)
        asked = Change(Doing.EXTRA, of, shift=only, reason=why, author=who)
        asked = replace(asked, **_window(desk, asked, begins, until))
        _make(Order(desk, "extra", (who, why), of), asked, dry_run, yes=yes, as_data=as_data)


def listed(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Cover, time off, swaps and extra people: of the files and by command.

    Example: rotation changes
    """
    with at_desk(context, config) as desk:
        found = [c for c in desk.roster.changes if every or not is_over(c, desk.now)]
        if as_data:
            as_json({"at": desk.now, "changes": [change_as_data(desk, c) for c in found]})
            return
        rows = [
            (
                c.name or "file", c.kind.value, who_said(c, desk.name), when_said(c),
                c.author or "-", "; ".join([c.reason or "-", *remarks(desk.roster, c)]),
            )
            for c in found
        ]  # fmt: skip
        table(("ID", "WHAT", "WHO", "WHEN", "BY", "WHY"), rows)


# -- undo -----------------------------------------------------------------------------------


def undo_change(desk: Desk, name: str, by: tuple[str, str], *, yes: bool, as_data: bool) -> None:
    """End the change of this name; what it did from then on is as the roster says again."""
    number = int(name[1:])
    with desk.ledger.reading() as books:
        found = next((c for c in books.changes.all() if c.id == number), None)
    if found is None:
        fail(f"there is nothing called `{name}` to undo", "See `rotation undo`", Ends.USAGE)
    weighed, new = undone(desk.roster, found, desk.now), not is_over(found, desk.now)
    if new:
        if not as_data:
            show_moves(desk, weighed)
        if not agreed(f"End {name} now?", yes=yes):
            fail("nothing was done", ends=Ends.PROBLEMS)
        with desk.ledger.writing() as books:
            new = books.changes.end(number, desk.now)
            if new:
                _record(books, desk, "unchanged", found, by)
                _tell(books, desk, weighed, f"{found.kind} undone by {by[0]}: {by[1]}")
                books.groups.wake(desk.now, groups_of(desk.roster, found))
    if as_data:
        as_json({"undone": name, "new": new, **moves_as_data(weighed), "daemon": desk.holder})
        return
    say(f"{name} is ended." if new else f"{name} has ended already, so nothing is new.")
    if new:
        say_who_carries_it_out(desk.holder, groups_of(desk.roster, found))


# -- making one -----------------------------------------------------------------------------


def _make(order: Order, asked: Change, dry_run: bool, *, yes: bool, as_data: bool) -> None:  # noqa: FBT001 - as it was typed
    desk = order.desk
    weighed = _weighed(desk, asked)
    if not dry_run:
        _refuse(order, weighed, as_data=as_data)
    if weighed.already is not None:
        show_made(desk, weighed, weighed.already, new=False, as_data=as_data)
        return
    if dry_run:
        show_weighed(desk, weighed, as_data=as_data)
        raise typer.Exit(Ends.PROBLEMS if weighed.problems else Ends.WELL)
    if not as_data or not yes:
        show_moves(desk, weighed)
    if not agreed("Do it?", yes=yes):
        fail("nothing was done", ends=Ends.PROBLEMS)
    desk = desk.later()
    with desk.ledger.writing() as books:
        if _in_force(books) != desk.digest:
            fail("the roster changed in the meantime, so nothing was done", "Ask again",
                 Ends.PROBLEMS)  # fmt: skip
        made = books.changes.make(asked, desk.now)
        _record(books, desk, "changed", made, order.by)
        _tell(books, desk, weighed, f"{made.kind} by {made.author}: {made.reason}")
        books.groups.wake(desk.now, tuple(weighed.moves))
    show_made(desk, weighed, made, new=True, as_data=as_data)


def _tell(books: Books, desk: Desk, weighed: Weighed, what: str) -> None:
    """Whoever's duty moves is to hear of it."""
    for person, text in news(desk.roster.people, weighed.moves, what):
        books.changes.to_tell(person, text, desk.now)


def _in_force(books: Books) -> str:
    return books.rosters.digest() or ""


def _weighed(desk: Desk, asked: Change) -> Weighed:
    with desk.ledger.reading() as books:
        leavers = books.leavers.everywhere()
    return weigh(desk.roster, leavers, asked, desk.now)


def _refuse(order: Order, weighed: Weighed, *, as_data: bool) -> None:
    if not weighed.problems:
        return
    if as_data:
        as_json({"done": False, "problems": weighed.problems})
    order.refuse("; ".join(weighed.problems))


def _record(books: Books, desk: Desk, kind: str, change: Change, by: tuple[str, str]) -> None:
    author, why = by
    told = {
        "change": change.id, "what": change.kind.value, "when": when_said(change), "why": why,
        **({"other": change.other} if change.other else {}),
        **({"shift": change.shift} if change.shift else {}),
    }  # fmt: skip
    books.audit.append(
        at=desk.now, kind=kind, group=None, person=change.person, reason=Reason.MANUAL,
        origin=f"{author} by hand", detail=told,
    )  # fmt: skip


# -- what was typed -------------------------------------------------------------------------


def _shift(desk: Desk, name: str | None) -> ShiftId | None:
    if name is None:
        return None
    if name not in desk.roster.shifts:
        from rotation.roster_file import did_you_mean

        hint = did_you_mean(name, desk.roster.shifts)
        fail(f"there is no shift `{name[:80]}` in the roster in force", hint, Ends.USAGE)
    return ShiftId(name)


def _window(desk: Desk, asked: Change, begins: str | None, until: str | None) -> _Window:
    """Dates where both are dates, else instants; what is left out is about their duty.

    That is their duty without the same asked before: asking twice is about the same shift.
    """
    first, last = _date(begins), _date(until)
    if first is not None and (until is None or last is not None):
        return {"first": first, "last": last or first}
    if first is not None or last is not None:
        fail("one end is a date and the other is not", "Write two dates, or two instants",
             Ends.USAGE)  # fmt: skip
    starts = exact(begins) if begins is not None else desk.now
    if until is not None:
        return {"starts": starts, "ends": exact(until)}
    of = asked.person
    duty = now_or_next(without(desk.roster, asked.kind, of), of, asked.shift, starts)
    if duty is None:
        fail(f"{desk.name(of)} is on no duty in the coming month", "Say --until", Ends.PROBLEMS)
    return {"starts": max(starts, duty.starts) if begins is None else starts, "ends": duty.ends}


def _date(text: str | None) -> date | None:
    if text is None or not _A_DATE.fullmatch(text.strip()):
        return None
    from rotation.roster_file.forms import day
    from rotation.roster_file.problems import UnreadableError

    try:
        return day(text.strip())
    except UnreadableError as wrong:
        fail(wrong.message, wrong.fix, Ends.USAGE)


def _occurrence(desk: Desk, who: PersonId, day: str, shift: str | None, option: str) -> Span:
    on = _date(day)
    if on is None:
        fail(f"`{day[:80]}` is no date", "Write the day it starts: 2027-03-15", Ends.USAGE)
    found = occurrences(without(desk.roster, Doing.SWAP, who), who, on, _shift(desk, shift))
    by_shift = {span.shift: span for span in found}
    if not by_shift:
        _no_duty(desk, who, on)
    if len(by_shift) > 1:
        fail(f"{desk.name(who)} has several shifts on {on}: {', '.join(sorted(by_shift))}",
             f"Say which: {option} {min(by_shift)}", Ends.USAGE)  # fmt: skip
    return found[0]


def _no_duty(desk: Desk, who: PersonId, on: date) -> NoReturn:
    coming = now_or_next(desk.roster, who, None, desk.now)
    hint = f"Their next duty is {coming.key}" if coming is not None else ""
    fail(f"{desk.name(who)} has no shift that starts on {on}", hint, Ends.PROBLEMS)
