"""Who had access, from when till when, why and how it was proven: for whoever has to show it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated

import typer

from rotation.core.timeline import local
from rotation.surfaces.access import Access, Asked, End, Report, report, when_said
from rotation.surfaces.answers.past import access_asked
from rotation.surfaces.cli.desk import Desk, Json, at_desk, no_nonsense
from rotation.surfaces.cli.moment import moment
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, fail, heading, instant, say
from rotation.surfaces.cli.past import known_group, known_person
from rotation.surfaces.saying import zone_of

_ENDS = ("at", "after", "before", "called_at", "due", "why", "by", "proof", "record")


def register(app: typer.Typer) -> None:
    app.command("access-report")(access_report)


def access_report(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    *,
    group: Annotated[str | None, typer.Option(help="Everybody in this group.")] = None,
    person: Annotated[str | None, typer.Option(help="This person, in every group.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", help='"2027-03-14 02:30 Europe/Lisbon" or 2027-03-14T02:30Z.'),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Before this instant; now if not given.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="On whose clocks: Europe/Lisbon. The group's if not given.")
    ] = None,
    config: Config = None,
    as_data: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
) -> None:
    """Who had access to a group, from when till when, why, and how that was proven.

    Tells of everybody who was in, or may have been, at any time of the window; who let them in and
    took them out; and what is not known.

    Example: rotation access-report --group acme-vip --from 2027-03-01T00:00Z --csv
    """
    if as_data and as_csv:
        fail("--json and --csv exclude each other", "Say one of them", Ends.USAGE)
    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        of = known_group(desk, books, group), known_person(desk, books, person)
        with no_nonsense():
            begins = moment(since, desk.now) if since else None
            asked = access_asked(*of, begins, moment(until, desk.now))
        clocks = _clocks(desk, asked, zone)
        found = report(desk.sight(books), asked)
    if as_data:
        as_json(found)
    elif as_csv:
        _write_csv(found)
    else:
        _show(found, lambda at: local(at, clocks))


def _clocks(desk: Desk, asked: Asked, zone: str | None) -> str:
    from rotation.zone_data import why_not

    if zone is not None:
        if refused := why_not(zone):
            fail(refused, ends=Ends.USAGE)
        return zone
    of = desk.roster.groups.get(asked.group) if asked.group is not None else None
    return "UTC" if of is None else zone_of(desk.timeline, of, desk.now)


def _write_csv(found: Report) -> None:
    columns = [f"{end}_{name}" for end in ("in", "out") for name in _ENDS]
    rows = (_row(one) for one in found.stays)
    as_rows(("group", "person", "name", "known_as", "still_in", *columns), rows)


def _row(one: Access) -> tuple[object, ...]:
    still = "yes" if one.went is None else "not known" if one.went.record is None else "no"
    if one.went is not None and one.went.before is not None:
        still = "no"
    named = (one.group, one.person, one.name, one.known_as, still)
    return (*named, *_cells(one.came), *_cells(one.went))


def _cells(end: End | None) -> Iterator[object]:
    for name in _ENDS:
        value = None if end is None else getattr(end, name)
        yield instant(value) if isinstance(value, datetime) else value


def _show(found: Report, said: Callable[[datetime], str]) -> None:
    about = " and ".join(filter(None, (found.group, found.person)))
    first = "the beginning" if found.since is None else said(found.since)
    heading(f"access to {about}" if found.group else f"access of {about}")
    say(f"from {first} until {said(found.until or found.at)}")
    for one in found.stays:
        say()
        where = "" if found.group else f" in {one.group}"
        say(f"{one.name}{f' ({one.known_as})' if one.known_as else ''}{where}")
        _say_end("in", one.came, said)
        if one.went is None:
            say("  out   still in, by the last read")
        else:
            _say_end("out", one.went, said)
    if not found.stays:
        say("  (nobody)")
    say()
    say("What this does not say:")
    for line in found.unknown:
        say(f"  - {line}")
    say(found.phones)
    if found.head is not None:
        say(f"Written from {found.head.seq} records; the last one's digest is {found.head.digest}.")


def _say_end(which: str, end: End, said: Callable[[datetime], str]) -> None:
    say(f"  {which:<4}  {when_said(end, said)}")
    if end.record is not None:
        say(f"        {end.why}; by {end.by}")
        say(f"        {end.proof} (record {end.record})")
