"""What happened and what waits: history and holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from rotation.core.roster import GroupId, PersonId
from rotation.core.timeline import clock_time
from rotation.ledger import Anchor, Books, Ledger
from rotation.surfaces import board, past
from rotation.surfaces.answers import standing
from rotation.surfaces.answers.naming import group_once, person_once
from rotation.surfaces.cli.desk import Desk, Json, at_desk, no_nonsense
from rotation.surfaces.cli.moment import moment
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, complain, fail, instant, say, table
from rotation.surfaces.saying import city, length_said, listed, zone_of

_USUAL, _MOST = 50, 100_000
_When = Annotated[
    str | None, typer.Option(help='"2027-03-14 02:30 Europe/Lisbon" or 2027-03-14T02:30Z.')
]


def register(app: typer.Typer) -> None:
    app.command()(holds)
    app.command()(history)


def holds(context: typer.Context, *, config: Config = None, as_data: Json = False) -> None:
    """What waits, since when, why, and what ends it.

    Ends with 1 when any of it needs a person, else with 0.

    Example: rotation holds
    """
    with at_desk(context, config, rosterless=True) as desk, desk.ledger.reading() as books:
        sight = desk.sight(books)
        found = standing.holds(sight)
    if as_data:
        as_json(standing.holds_told(sight, found))
    else:
        _show_holds(found.held, desk.now)
        if found.watched:
            say(f"only watched: {listed(found.watched)}; see `rotation adopt`")
    if found.needs_person:
        raise typer.Exit(Ends.PROBLEMS)


def _show_holds(found: Sequence[board.HeldUp], now: datetime) -> None:
    if not found:
        say("nothing is held")
    for one in found:
        where = one.group or (f"account {one.account}" if one.account else "the roster")
        about = f", {one.name}" if one.name else ""
        detail = f" ({one.detail})" if one.detail else ""
        mark = "" if one.needs_person else " (may still end by itself)"
        say(f"{one.id}  {where}{about}: {one.hold} for {length_said(now - one.since)}{mark}")
        say(f"    {one.cause}{detail}")
        say(f"    do: {one.what_to_do}")
        release = f"; or `rotation release {one.id} --reason ...`" if one.releasable else ""
        say(f"    lifted by {one.lifted_by}{release}")


def history(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    *,
    group: Annotated[str | None, typer.Option(help="Only this group.")] = None,
    person: Annotated[str | None, typer.Option(help="Only this person.")] = None,
    since: _When = None,
    until: _When = None,
    limit: Annotated[int, typer.Option(help="The newest so many.", min=1, max=_MOST)] = _USUAL,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that no record was changed or taken out.")
    ] = False,
    head: Annotated[
        str | None,
        typer.Option(help="With --verify: where the trail ended once, as it was told elsewhere."),
    ] = None,
    config: Config = None,
    as_data: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
) -> None:
    """What was done and why, newest first.

    Audit records and handovers, in names.

    With --verify, ends with 1 at the first record that does not fit the chain. A `--head` is what
    the weekly message or an event said: a trail that was cut or rewritten since has no such record.

    Example: rotation history --group acme-vip --since 2027-03-01T00:00Z --csv
    """
    if as_data and as_csv:
        fail("--json and --csv exclude each other", "Say one of them", Ends.USAGE)
    told = None if head is None else _told(head, verify=verify)
    with at_desk(context, config) as desk:
        if verify:
            _verify(desk.ledger, told, as_data=as_data)
            return
        with desk.ledger.reading() as books:
            asked = past.Asked(
                group=known_group(desk, books, group),
                person=known_person(desk, books, person),
                since=moment(since, desk.now) if since else None,
                until=moment(until, desk.now) if until else None,
                limit=limit,
            )
            found = past.entries(books, asked, desk.sight(books).namer())
    if as_data:
        as_json({"at": desk.now, "entries": found})
    elif as_csv:
        _write_csv(found)
    else:
        rows = (
            (f"{e.at:%Y-%m-%d %H:%M:%S}Z", _local(desk, e), e.group or "-", e.text) for e in found
        )
        table(("WHEN", "THERE", "GROUP", "WHAT"), rows)


def _told(head: str, *, verify: bool) -> Anchor:
    if not verify:
        fail("--head belongs to --verify", ends=Ends.USAGE)
    with no_nonsense():
        return past.end_written(head)


def _verify(ledger: Ledger, told: Anchor | None, *, as_data: bool) -> None:
    broken = ledger.verified()
    with ledger.reading() as books:
        head, cut = books.audit.head(), books.audit.cut()
        if broken is None and told is not None:
            broken = books.audit.holds(told.seq, told.digest)
    records = (head.seq if head is not None else 0) - (cut.seq if cut is not None else 0)
    if as_data:
        as_json({"ok": broken is None, "records": records, "head": head, "broken": broken,
                 "let_go": cut})  # fmt: skip
    elif broken is None:
        shown = f"; the last one's digest is {head.digest}" if head is not None else ""
        since = f" from number {cut.seq + 1} on" if cut is not None else ""
        say(f"{records} records{since}, none changed or taken out{shown}")
        if cut is not None:
            say(
                f"The {cut.seq} before them were let go; the last of those is of {instant(cut.at)}."
            )
        if told is not None and cut is not None and told.seq <= cut.seq:
            say(f"Record {told.seq} was let go as well, so nothing can be said of what was told.")
        elif told is not None:
            say(f"Record {told.seq} is there as it was told.")
        say("Keep that digest elsewhere: a cut at the end shows only against it.")
    else:
        complain(
            f"rotation: record {broken.seq} is not as it was written: {broken.why}. "
            "Keep this ledger as evidence, and compare it with a backup"
        )
    if broken is not None:
        raise typer.Exit(Ends.PROBLEMS)


def _write_csv(found: tuple[past.Entry, ...]) -> None:
    rows = (
        (instant(e.at), e.kind, e.group, "; ".join(e.people), e.reason, e.origin, e.text, e.record)
        for e in found
    )
    as_rows(("at", "kind", "group", "people", "reason", "origin", "text", "record"), rows)


def _local(desk: Desk, entry: past.Entry) -> str:
    group = desk.roster.groups.get(entry.group) if entry.group is not None else None
    zone = "UTC" if group is None else zone_of(desk.timeline, group, entry.at)
    return f"{clock_time(entry.at, zone)} {city(zone)}"


def known_group(desk: Desk, books: Books, name: str | None) -> GroupId | None:
    """A group of the roster, or one that was in an earlier one; ends the command without."""
    with no_nonsense():
        return None if name is None else group_once(desk.sight(books), name)


def known_person(desk: Desk, books: Books, name: str | None) -> PersonId | None:
    """Somebody of the roster, or anybody the ledger has met; ends the command without."""
    with no_nonsense():
        return None if name is None else person_once(desk.sight(books), name)
