"""Commands that answer from the roster files alone: check, who, timeline, schema."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, cast

import typer

from rotation.core.budget import Rule
from rotation.core.roster import AccountId, GroupId, Roster
from rotation.surfaces.cli.moment import moment, now
from rotation.surfaces.cli.operate import Config, settings_or_fail
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.counting import counted, summed_up
from rotation.surfaces.printing import SEATED

Schedules = Annotated[
    Path | None,
    typer.Option(
        help="The folder with the roster files; else the one in the settings.", readable=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Drip = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Additions, and removals, that an account may make in 60 seconds; else as the"
        " settings have it, or 8.",
    ),
]
Daily = Annotated[
    int,
    typer.Option(min=1, help="Additions and removals that an account may make in 24 hours."),
]
_WEEK = timedelta(days=7)
_LONGEST = timedelta(days=3 * 366)


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(who)
    app.command()(timeline)
    app.command()(schema)


def check(
    *,
    schedules: Schedules = None,
    config: Config = None,
    drip: Drip = None,
    daily: Daily = 2000,
    as_data: Json = False,
) -> None:
    """Read the roster files and name every mistake in them.

    A roster without mistakes is looked at too: shifts too short for the changes they bring, days
    with more of them than an account may make, and shifts that vanish in a clock change. That does
    not stop it.

    Ends with 0 when the files make a roster, and with 1 when they do not.

    Example: rotation check --schedules schedules
    """
    from rotation.roster_file import RosterErrors, digest, reading, snapshot
    from rotation.surfaces.foresight import foreseen
    from rotation.zone_data import use_newest

    folder = folder_of(schedules, config)
    data = use_newest()
    try:
        found = reading(snapshot(folder))
    except RosterErrors as wrong:
        if as_data:
            as_json({"ok": False, "problems": wrong.problems})
        else:
            say(str(wrong))
            complain(f"rotation: {counted(len(wrong.problems), 'problem')}; no roster yet")
        raise typer.Exit(Ends.PROBLEMS) from None
    roster = found.roster
    counts = {
        "people": len(roster.people),
        "shifts": len(roster.shifts),
        "groups": len(roster.groups),
    }
    ahead = list(foreseen(roster, drips_of(schedules, config, drip), daily, now()))
    if as_data:
        known_by = {name: kept.by for name, kept in roster.holidays.items()}
        named = {"roster": digest(roster), "zone_data": data, "holidays": known_by}
        as_json(
            {
                "ok": True,
                **counts,
                **named,
                "problems": [],
                "remarks": found.remarks,
                "foreseen": ahead,
            }
        )
        return
    for remark in (*found.remarks, *ahead):
        say(str(remark))
    for name, kept in roster.holidays.items():
        say(f"public holidays of {name}: {counted(len(kept.days), 'date')}, by {kept.by}")
    told = summed_up(roster)
    say(f"{folder}: {told}; roster {digest(roster)}; zone data {data.version} ({data.source})")


def who(
    group: Annotated[str | None, typer.Argument(help="Only this group.")] = None,
    *,
    at: Annotated[
        str | None, typer.Option(help='"2027-03-14 02:30 Europe/Lisbon" or 2027-03-14T02:30Z.')
    ] = None,
    schedules: Schedules = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Who is on duty, until when, and who is next.

    Answered from the roster files alone, without what was changed by hand since.

    Example: rotation who acme-vip --at "2027-03-14 02:30 America/New_York"
    """
    roster = roster_in(folder_of(schedules, config))
    when = moment(at, now())
    from rotation.core.timeline import Timeline
    from rotation.surfaces import on_duty
    from rotation.surfaces.cli import duty

    line = Timeline(roster)
    found = [on_duty.who(line, name, when) for name in groups_named(roster, group)]
    if as_data:
        as_json({"at": when, "groups": found})
        return
    for one in found:
        duty.show_who(one)


def timeline(
    *,
    group: Annotated[str | None, typer.Option(help="Only this group.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Where the stretch starts; now if not given.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Where it ends; a week after its start if not given.")
    ] = None,
    schedules: Schedules = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """The shifts and handovers of a stretch of time.

    Instants are shown in UTC and as the clocks of the shift's own zone show them.

    Example: rotation timeline --group acme-vip --from 2027-03-12T00:00Z --until 2027-03-16T00:00Z
    """
    roster = roster_in(folder_of(schedules, config))
    from rotation.core.timeline import Timeline
    from rotation.surfaces import on_duty
    from rotation.surfaces.cli import duty

    starts = moment(since, now())
    ends = moment(until, starts + _WEEK)
    if not starts < ends <= starts + _LONGEST:
        fail("the stretch must end after it starts, within three years", ends=Ends.USAGE)
    line = Timeline(roster)
    found = [on_duty.stretch(line, g, starts, ends) for g in groups_named(roster, group)]
    if as_data:
        as_json({"from": starts, "until": ends, "groups": found})
        return
    for one in found:
        duty.show_stretch(one)


def schema() -> None:
    """Print the JSON schema of roster files, for editors.

    Example: rotation schema > schedules/.roster.schema.json
    """
    from rotation.roster_file import json_schema

    as_json(json_schema())


def folder_of(schedules: Path | None, config: Path | None) -> Path:
    """The folder as given, else as the settings say; as seen from here where it lies below."""
    if schedules is not None:
        return schedules
    if SEATED.get() is not None:
        return Path()
    found, here = settings_or_fail(config, need_secrets=False).schedules, Path.cwd()
    return found.relative_to(here) if found.is_relative_to(here) and found != here else found


def drips_of(
    schedules: Path | None, config: Path | None, drip: int | None
) -> Callable[[AccountId], Rule]:
    """The drip of each account: as given, else as the settings say, where they are asked at all."""
    from rotation.surfaces.foresight import USUAL_DRIP, drips

    seated = SEATED.get()
    if drip is None and seated is not None:
        return drips(seated.settings)
    if drip is None and schedules is None:
        return drips(settings_or_fail(config, need_secrets=False))
    return lambda _: Rule(drip or USUAL_DRIP)


def roster_in(folder: Path) -> Roster:
    """The roster of a folder, read with the newest zone data; ends the command if there is none."""
    from rotation.roster_file import RosterErrors, read
    from rotation.zone_data import use_newest

    seated = SEATED.get()
    if seated is not None:
        return cast("Roster", seated.roster)
    use_newest()
    try:
        return read(folder)
    except RosterErrors as wrong:
        complain(str(wrong))
        fail("the files make no roster", "Mend what is named above", Ends.PROBLEMS)


def groups_named(roster: Roster, name: str | None) -> tuple[GroupId, ...]:
    """The group of this name, or all of them; ends the command if there is no such group."""
    if name is None:
        return tuple(roster.groups)
    if name not in roster.groups:
        from rotation.roster_file import did_you_mean

        fail(f"there is no group `{name}`", did_you_mean(name, roster.groups), Ends.USAGE)
    return (GroupId(name),)
