"""`rotation link`: a roster to begin with, drafted from the groups an account is in."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rotation.core.outcome import Unread
from rotation.core.roster import EMPTY, Roster
from rotation.roster_file import RosterErrors, read
from rotation.settings import Account, Settings
from rotation.surfaces.cli.asked import Asked, asked, chosen
from rotation.surfaces.cli.desk import Json
from rotation.surfaces.cli.files import new, write
from rotation.surfaces.cli.operate import Config, settings_or_fail
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.cli.progress import awaited
from rotation.surfaces.counting import counted
from rotation.surfaces.doctor.account import advice, said
from rotation.surfaces.draft import Draft, draft
from rotation.surfaces.linking import Asking
from rotation.surfaces.masking import masked
from rotation.wiring import rest
from rotation.zone_data import use_newest


def register(app: typer.Typer) -> None:
    app.command()(link)


def link(
    *,
    account: Annotated[
        str | None, typer.Option(help="The account to read; it may be left out if there is one.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(help="Only groups with this in their name.", metavar="TEXT")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="A new file for the draft; else it is printed.")
    ] = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Draft a roster from the groups an account is in: first contact. It only reads.

    Every group is drafted in watch mode, with its name and whoever is in it as comments, and
    everybody who is in several groups as a person. Groups of the roster are left out. The calls
    count like any others, so many groups take minutes.
    Ends with 1 when a group could not be read, and with 3 when the account could not.

    Example: rotation link --only support --to schedules/linked.yaml
    """
    settings = settings_or_fail(config)
    new(to)
    one = chosen(settings, account)
    roster = _roster(settings)
    with asked(settings, one, "link") as line, awaited("which groups is it in?") as progress:
        asking = Asking(line.chat, line.calls, lambda: rest(line.clock, _again(line)))
        drafted = _drafted(asking, one, roster, only or "", progress)
    if to is not None and drafted.groups:
        write(to, drafted.text)
    if as_data:
        as_json(drafted)
    else:
        _said(drafted, to)
    raise typer.Exit(Ends.PROBLEMS if drafted.unread else Ends.WELL)


def _again(line: Asked) -> datetime:
    return line.clock().at + line.calls.wait()


def _roster(settings: Settings) -> Roster:
    """What the files have already, so that it is not drafted again."""
    use_newest()
    if not settings.schedules.is_dir() or not any(settings.schedules.glob("*.y*ml")):
        return EMPTY
    try:
        return read(settings.schedules)
    except RosterErrors as wrong:
        fail(f"the rosters that are there have mistakes: {masked(str(wrong.problems[0]))}",
             "`rotation check` names them all")  # fmt: skip


def _drafted(
    asking: Asking, account: Account, roster: Roster, only: str, progress: Callable[[str], None]
) -> Draft:
    own = asking.own()
    if isinstance(own, Unread):
        _unread(account, own)
    groups = asking.groups()
    if isinstance(groups, Unread):
        _unread(account, groups)
    known = {group.chat for group in roster.groups.values()}
    wanted = [g for g in groups if only.casefold() in g.subject.casefold()]
    rooms = [*asking.rooms([g for g in wanted if g.chat not in known], progress)]
    day = asking.calls.clock().at.date().isoformat()
    return draft(account.id, own, rooms, roster, day)


def _unread(account: Account, why: Unread) -> NoReturn:
    fail(f"the account {account.id} could not be read: {said(why)}", advice(why))


def _said(drafted: Draft, to: Path | None) -> None:
    """The draft on the output, or what is in its file; what is left to do on the other one."""
    for name, why in drafted.unread:
        complain(f"rotation: {name} is not in the draft: {why}")
    if not drafted.groups:
        complain("rotation: no group to draft: what the account is in stands in the roster already")
    elif to is None:
        typer.echo(drafted.text, nl=False)
    else:
        _said_of_file(drafted, to)


def _said_of_file(drafted: Draft, to: Path) -> None:
    groups, people = (
        counted(len(drafted.groups), "group"),
        counted(drafted.people, "person", "people"),
    )
    say(f"wrote {to}: {groups} in watch mode, {people} in several of them")
    say(f"{drafted.behind} more stand behind a #, and {drafted.hidden} show no number")
    say("Read it, give people their names and shifts, and run `rotation check`")
