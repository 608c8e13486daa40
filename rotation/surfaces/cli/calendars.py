"""`rotation calendars`: the calendars that are followed; one is read now, or dropped."""

from typing import Annotated

import typer

from rotation.engine.feeds import Refusal
from rotation.surfaces.answers.calendars import Listed, listed
from rotation.surfaces.calendar_feed import CalendarFeed
from rotation.surfaces.change_said import when_said, who_said
from rotation.surfaces.cli.change_shown import show_rows
from rotation.surfaces.cli.desk import Author, Desk, Json, at_desk, author_or_user, no_nonsense
from rotation.surfaces.cli.grant import DryRun
from rotation.surfaces.cli.leavers import refuse
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, say, table
from rotation.surfaces.feed import By, OutOfDate
from rotation.surfaces.following import Plan, Step, carry_out, dropped
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.naming import unknown
from rotation.surfaces.orders.change import moves_told, rows_of


def register(app: typer.Typer) -> None:
    app.command()(calendars)


def calendars(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Read this one now; else show all.", show_default=False)
    ] = None,
    *,
    most: Annotated[
        int | None,
        typer.Option(
            min=1, help="So many events with cover may be gone or changed at once; 5 if not said."
        ),
    ] = None,
    drop: Annotated[
        bool,
        typer.Option("--drop", help="Take back what one asks for that is no more in the settings."),
    ] = False,
    dry_run: DryRun = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Calendars whose events are covers, kept in step by the daemon: how each stands, or read one.

    Shows which covers begin and end, and who is on duty when, before and after. Ends with 1, and
    changes nothing, when the calendar can't be had, an event of it can't be read exactly, it is
    empty, or more than --most events with cover are gone or changed.

    Example: rotation calendars clinic --dry-run
    """
    if name is None and (drop or dry_run or most is not None):
        fail("it is not said which calendar", "Name one of `rotation calendars`", Ends.USAGE)
    by = By(author_or_user(author))
    with at_desk(context, config) as desk:
        if name is None:
            _list(desk, as_data=as_data)
            return
        try:
            plan = (
                _dropped(desk, name, by, dry_run=dry_run)
                if drop
                else _read(desk, name, most, by, dry_run=dry_run)
            )
        except OutOfDate:
            fail("the roster changed meanwhile", "Say it again")
        _show(desk, plan, dry_run=dry_run, as_data=as_data)


def _read(desk: Desk, name: str, most: int | None, by: By, *, dry_run: bool) -> Plan:
    at = desk.settings.calendars.get(name)
    if at is None:
        with no_nonsense():
            unknown("calendar", name, desk.settings.calendars, " in the settings")
    found = CalendarFeed(at, desk.ledger, lambda: desk.now).by_hand(most, by, dry_run=dry_run)
    if isinstance(found, Refusal):
        refuse(found)
    return found


def _dropped(desk: Desk, name: str, by: By, *, dry_run: bool) -> Plan:
    if name in desk.settings.calendars:
        fail(f"{name} is in the settings", f"Take [calendars.{name}] out first", Ends.USAGE)
    with desk.ledger.reading() as books:
        plan = dropped(books, name, desk.now)
    if not dry_run and plan.steps:
        with desk.ledger.writing() as books:
            carry_out(books, plan, by, desk.now)
    return plan


# -- showing ----------------------------------------------------------------------------------


def _list(desk: Desk, *, as_data: bool) -> None:
    with desk.ledger.reading() as books:
        found = list(listed(desk.settings.calendars, books, desk.now))
    if as_data:
        as_json({"at": desk.now, "calendars": found})
        return
    table(("CALENDAR", "AT", "READ", "COVERS", "STANDS"), map(_row, found))
    if not found:
        say("No calendar is followed; docs/coming-from.md says how to set that up.")


def _row(one: Listed) -> tuple[str, ...]:
    stands = one.wrong or ("ok" if one.followed else "no more in the settings")
    read_at = "-" if one.read_at is None else f"{one.read_at:%Y-%m-%d %H:%M}Z"
    return one.calendar, one.host or "-", read_at, str(one.covers), stands


def _show(desk: Desk, plan: Plan, *, dry_run: bool, as_data: bool) -> None:
    steps = [step for step in plan.steps if step.ends or step.makes]
    if as_data:
        counts = {"as_is": plan.as_is, "by_hand": plan.by_hand, "later": plan.later}
        events = [
            {
                "event": masked(step.event), "what": step.becomes,
                "ends": [change.name for change in step.ends], "covers": _covers(desk, step),
            }
            for step in steps
        ]  # fmt: skip
        as_json({"done": not dry_run, "events": events, **counts, "moves": moves_told(plan.moves)})
        return
    say(plan.said)
    if steps:
        rows = (
            (step.becomes, "; ".join(_covers(desk, step)) or "-",
             ", ".join(change.name for change in step.ends) or "-", on_one_line(masked(step.event)))
            for step in steps
        )  # fmt: skip
        table(("WHAT", "COVER", "ENDS", "EVENT"), rows)
        with desk.ledger.reading() as books:
            show_rows(list(rows_of(desk.sight(books), plan.moves)))
    if dry_run:
        say("Nothing was done: this is a dry run.")


def _covers(desk: Desk, step: Step) -> list[str]:
    return [f"{who_said(change, desk.name)}, {when_said(change)}" for change, _ in step.makes]
