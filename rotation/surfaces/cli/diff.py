"""`rotation diff`: whose shifts move when one roster takes another's place."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from rotation.core.moves import Move, Shifted, of_groups, shifted
from rotation.core.roster import EMPTY, GroupId, PersonId, Roster
from rotation.core.timeline import Timeline
from rotation.surfaces.cli.moment import moment, now
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, fail, heading, instant, say, table
from rotation.surfaces.cli.roster import Json, Schedules, folder_of, roster_in
from rotation.surfaces.counting import counted

_FOUR_WEEKS, _LONGEST = timedelta(days=28), timedelta(days=3 * 366)
_HOUR = timedelta(hours=1)
_MOST_SHOWN = 40
"""Stretches that are shown of a group; all of them are in --json and --csv."""


@dataclass(frozen=True, slots=True)
class Differences:
    """What is another way in the newer roster; `by_group` only has groups in which duty moves."""

    people_gone: tuple[PersonId, ...]
    people_new: tuple[PersonId, ...]
    groups_gone: tuple[GroupId, ...]
    groups_new: tuple[GroupId, ...]
    by_group: Mapping[GroupId, tuple[Move, ...]]
    people: tuple[Shifted, ...]


def register(app: typer.Typer) -> None:
    app.command("diff")(show)


def show(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    old: Annotated[
        Path | None,
        typer.Argument(help="A folder of rosters; the roster in force if not given."),
    ] = None,
    new: Annotated[
        Path | None, typer.Argument(help="What takes its place; the folder in use if not given.")
    ] = None,
    *,
    since: Annotated[
        str | None, typer.Option("--from", help="Where the stretch starts; now if not given.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Where it ends; four weeks after its start if not given.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 when anybody's duty moves.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    schedules: Schedules = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Whose shifts move when one roster takes another's place, and by how much.

    Compares who is on duty in each group, not the files: a roster written in another way is the
    same one. Without arguments the files are compared with the roster in force; what was changed by
    hand is left out.

    Example: rotation diff schedules-before schedules
    """
    before = _in_force(context, config) if old is None else roster_in(old)
    after = roster_in(folder_of(schedules, config) if new is None else new)
    starts = moment(since, now())
    ends = moment(until, starts + _FOUR_WEEKS)
    if not starts < ends <= starts + _LONGEST:
        fail("the stretch must end after it starts, within three years", ends=Ends.USAGE)
    found = differences(before, after, starts, ends)
    names = {p: one.name for p, one in (*before.people.items(), *after.people.items())}
    if as_data:
        as_json({"from": starts, "until": ends, **_as_data(found)})
    elif as_csv:
        as_rows(("group", "from", "until", "off", "on"), _rows(found))
    else:
        _show(found, names, starts, ends)
    if exit_code and found.by_group:
        raise typer.Exit(Ends.PROBLEMS)


def _in_force(context: typer.Context, config: Path | None) -> Roster:
    from rotation.surfaces.cli.desk import at_desk

    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        found = books.rosters.written()
    return EMPTY if found is None else found[1]


def differences(before: Roster, after: Roster, since: datetime, until: datetime) -> Differences:
    """Everything that is another way in `after`, of duty what lies in `[since, until)`."""
    by_group = of_groups(Timeline(before), Timeline(after), since, until)
    return Differences(
        tuple(sorted(before.people.keys() - after.people.keys())),
        tuple(sorted(after.people.keys() - before.people.keys())),
        tuple(sorted(before.groups.keys() - after.groups.keys())),
        tuple(sorted(after.groups.keys() - before.groups.keys())),
        by_group,
        shifted(tuple(by_group.values())),
    )


def _as_data(found: Differences) -> dict[str, object]:
    return {
        "people_gone": found.people_gone,
        "people_new": found.people_new,
        "groups_gone": found.groups_gone,
        "groups_new": found.groups_new,
        "moves": [
            {"group": group, "from": starts, "until": ends, "off": off.split(), "on": on.split()}
            for group, starts, ends, off, on in _rows(found)
        ],
        "people": [
            {
                "person": one.person, "loses_hours": _hours(one.loses),
                "gains_hours": _hours(one.gains), "first": one.first,
            }
            for one in found.people
        ],
    }  # fmt: skip


def _rows(found: Differences) -> Iterator[tuple[GroupId, str, str, str, str]]:
    for group, theirs in found.by_group.items():
        for move in theirs:
            off, on = (" ".join(sorted(people)) for people in (move.off, move.on))
            yield group, instant(move.starts), instant(move.ends), off, on


def _hours(length: timedelta) -> float:
    return round(length / _HOUR, 2)


# -- for people ---------------------------------------------------------------------------


def _show(
    found: Differences, names: Mapping[PersonId, str], since: datetime, until: datetime
) -> None:
    for what, which in (
        ("people no longer there", found.people_gone), ("new people", found.people_new),
        ("groups no longer there", found.groups_gone), ("new groups", found.groups_new),
    ):  # fmt: skip
        if which:
            say(f"{what}: {', '.join(which)}")
    alike: dict[tuple[Move, ...], list[GroupId]] = defaultdict(list)
    for group, theirs in found.by_group.items():
        alike[theirs].append(group)
    for theirs, groups in alike.items():
        heading(", ".join(groups))
        rows = (
            (f"{move.starts:%a %Y-%m-%d %H:%M}Z", f"{move.ends:%a %Y-%m-%d %H:%M}Z",
             _named(move.off, names), _named(move.on, names))
            for move in theirs[:_MOST_SHOWN]
        )  # fmt: skip
        table(("FROM", "UNTIL", "OFF", "ON"), rows)
        if len(theirs) > _MOST_SHOWN:
            say(f"and {len(theirs) - _MOST_SHOWN} more (--csv has all)")
        say()
    span = f"from {since:%Y-%m-%d %H:%M}Z to {until:%Y-%m-%d %H:%M}Z"
    if not found.people:
        say(f"Nobody's duty moves {span}.")
        return
    heading("To be told")
    told = (
        (names[one.person], _signed(one), f"{one.first:%a %Y-%m-%d %H:%M}Z") for one in found.people
    )
    table(("WHO", "HOURS", "FIRST"), told)
    say()
    say(f"The duty of {counted(len(found.people), 'person', 'people')} moves {span}.")


def _named(people: Iterable[PersonId], names: Mapping[PersonId, str]) -> str:
    return ", ".join(sorted(names[person] for person in people)) or "nobody"


def _signed(one: Shifted) -> str:
    parts = [f"-{_hours(one.loses):g}"] if one.loses else []
    return " ".join([*parts, *([f"+{_hours(one.gains):g}"] if one.gains else [])])
