"""`rotation review`: access that nobody meant, or nobody uses, and what to do about it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Annotated

import typer

from rotation.core.roster import GroupId, PersonId, Roster
from rotation.engine.review import TO_DO, Finding, Look, counted, review
from rotation.ledger import Books
from rotation.surfaces.cli.desk import Json, OneGroup, at_desk
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, heading, instant, say
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.saying import length_said

_MOST = 10
"""How many people are named in a line; CSV and JSON have all of them."""
_TITLES = {
    Look.PAST: "Past their time, and still in",
    Look.UNCOVERED: "Groups without cover",
    Look.NOT_ADMIN: "Groups in which we are no admin",
    Look.SILENT: "Silent",
    Look.STRANGER: "Strangers",
    Look.HIDDEN: "Known by a hidden id only",
    Look.UNKNOWN: "Unknown whether silent",
}


def register(app: typer.Typer) -> None:
    app.command(name="review")(review_)


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as it is shown: numbers only by their last digits."""

    look: Look
    group: GroupId
    person: PersonId | None
    name: str
    count: int
    detail: str
    since: datetime | None
    what_to_do: str


def review_(
    context: typer.Context,
    group: OneGroup = None,
    *,
    config: Config = None,
    as_data: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 when there is anything to look at.")
    ] = False,
) -> None:
    """Strangers, the silent, and whatever else deserves a look.

    Also people past their time, groups without cover or in which we are no admin, members known by
    a hidden id only, and of whom it is unknown whether they are silent, and why. Silence is judged
    in the groups whose roster says `silent:`. Nothing is changed.

    Example: rotation review acme-vip --csv
    """
    with at_desk(context, config) as desk:
        with desk.ledger.reading() as books:
            views = desk.sound(books, desk.groups(group))
            name = _namer(books, desk.roster)
            found = [_shown(one, name) for v in views for one in review(books, v, desk.now)]
        found.sort(key=lambda one: list(Look).index(one.look))
        if as_data:
            counts = {look: counted(found)[look] for look in Look}
            as_json({"at": desk.now, "roster": desk.digest, "counts": counts, "findings": found})
        elif csv:
            _as_csv(found)
        else:
            _show(found, desk.now)
    if exit_code and any(one.look is not Look.UNKNOWN for one in found):
        raise typer.Exit(Ends.PROBLEMS)


def _shown(one: Finding, name: Callable[[PersonId], str]) -> Shown:
    return Shown(
        one.look, one.group, one.person, "" if one.person is None else name(one.person),
        one.count, one.detail, one.since, TO_DO[one.look],
    )  # fmt: skip


def _namer(books: Books, roster: Roster) -> Callable[[PersonId], str]:
    """Names; a stranger's is the end of their number and what the ledger calls them."""
    known = books.people.all()

    def name(person: PersonId) -> str:
        if person in roster.people:
            return roster.people[person].name
        who = known.get(person)
        if who is not None and who.name:
            return masked(on_one_line(who.name))
        number = f"{masked(who.phone)} " if who is not None and who.phone else ""
        return f"{number}({masked(person)})"

    return name


def _as_csv(found: Iterable[Shown]) -> None:
    names = ("look", "group", "person", "name", "count", "since", "detail", "what_to_do")
    rows = (
        (one.look.value, one.group, masked(one.person or ""), one.name, one.count,
         "" if one.since is None else instant(one.since), one.detail, one.what_to_do)
        for one in found
    )  # fmt: skip
    as_rows(names, rows)


def _show(found: Sequence[Shown], now: datetime) -> None:
    if not found:
        say("Nothing deserves a look.")
    for look, some in groupby(found, key=lambda one: one.look):
        shown = list(some)
        heading(f"{_TITLES[look]}: {sum(one.count for one in shown)}")
        alike: dict[tuple[GroupId, str], list[Shown]] = {}
        for one in shown:
            alike.setdefault((one.group, one.detail), []).append(one)
        for (group, detail), people in alike.items():
            say(f"  {group}: {_said(people, now)}{detail}")
        say(f"    do: {TO_DO[look]}")


def _said(people: Sequence[Shown], now: datetime) -> str:
    """Who, and since when; or how many, where nobody is told apart."""
    named = [one for one in people if one.name]
    if not named:
        count = sum(one.count for one in people)
        return f"{count} " if people[0].look in (Look.STRANGER, Look.HIDDEN) else ""
    names = [
        one.name if one.since is None else f"{one.name} for {length_said(now - one.since)}"
        for one in named[:_MOST]
    ]
    more = f" and {len(named) - _MOST} more" if len(named) > _MOST else ""
    return f"{', '.join(names)}{more}: "
