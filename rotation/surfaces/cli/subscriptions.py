"""`rotation subscriptions`: people of no roster who may be in a group until an instant."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rotation.core.facts import Seen, Subscription
from rotation.core.roster import GroupId
from rotation.engine import subscriptions
from rotation.engine.subscriptions import Misfit, Weighed
from rotation.ledger import Books
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
from rotation.surfaces.cli.grant import DryRun, Reason
from rotation.surfaces.cli.moment import exact
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, as_rows, complain, fail, instant, say, table
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.saying import zone_of

_Key = Annotated[str, typer.Argument(help="The key, as it was imported.", metavar="KEY")]
_MOST = 40
"""So many mistakes of a file are shown; mending one often mends more."""
_Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]


def register(app: typer.Typer) -> None:
    found = typer.Typer(
        help="People of no roster who may be in a group until an instant.",
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    found.callback(invoke_without_command=True)(list_)
    found.command(name="import")(import_)
    found.command()(extend)
    found.command()(end)
    app.add_typer(found, name="subscriptions")


# -- listing ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    key: str
    group: GroupId
    name: str
    until: datetime
    agreed: datetime
    extended: bool
    ended_at: datetime | None
    seen: Seen
    language: str | None
    warn_days: int
    warn_at: datetime | None


def list_(
    context: typer.Context,
    *,
    group: Annotated[str | None, typer.Option(help="Only this group.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that are over as well.")] = False,
    config: Config = None,
    as_data: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
) -> None:
    """People of no roster who may be in a group until an instant: who, where, until when.

    `import` reads a list of them, `extend` and `end` change one.

    Example: rotation subscriptions --group acme-vip --csv
    """
    if context.invoked_subcommand is not None:
        return
    with at_desk(context, config) as desk:
        wanted = None if group is None else desk.group(group)
        with desk.ledger.reading() as books:
            found = [
                one for one in _listed(books)
                if wanted in {None, one.group} and (every or _lasts(one, desk.now))
            ]  # fmt: skip
    if as_data:
        as_json({"at": desk.now, "subscriptions": found})
        return
    names = ("key", "group", "name", "until", "seen", "extended", "ended")
    rows = [
        (one.key, one.group, one.name, instant(one.until), one.seen.value,
         "yes" if one.extended else "no", "" if one.ended_at is None else instant(one.ended_at))
        for one in found
    ]  # fmt: skip
    if csv:
        as_rows(names, rows)
    else:
        table([name.upper() for name in names], rows)


def _listed(books: Books) -> Iterator[Listed]:
    people = books.people.all()
    seen = {(s.group, s.person): s.seen for s in books.seats.all()}
    for one in books.subscriptions.all().values():
        known = people.get(one.person)
        yield Listed(
            key=on_one_line(one.key), group=one.group,
            name=masked((known.name if known is not None else "") or one.person),
            until=one.until, agreed=one.agreed, extended=one.is_extended, ended_at=one.ended_at,
            seen=seen.get((one.group, one.person), Seen.UNKNOWN), language=one.language,
            warn_days=one.warn_days, warn_at=one.warn_at,
        )  # fmt: skip


def _lasts(one: Listed, now: datetime) -> bool:
    return one.ended_at is None and now < one.until


# -- import -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Import:
    """What was asked for: which file, how it is meant, and how it is told."""

    file: Path
    whole: bool
    released: int
    dry_run: bool
    yes: bool
    as_data: bool


def import_(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file.", metavar="FILE.csv")],
    *,
    reason: _Why = "imported",
    whole: Annotated[
        bool, typer.Option("--replace", help="It is the whole list: whoever is missing ends.")
    ] = False,
    release: Annotated[
        int, typer.Option(help="So many may lose time by it, where that is more than usual.")
    ] = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Read a list of subscriptions, all of it or nothing; twice the same changes nothing.

    Columns: key, phone, name, group, until; also language, and warn, the days ahead of a warning
    (7, or 0 for none). A key stands for one subscription for ever. Whoever is missing stays, but
    with --replace. Ends with 1 when a row cannot be, or more people would lose time than one
    mistake may cost: more than 5, and more than a fifth of those seen in the account's groups.

    Example: rotation subscriptions import members.csv --dry-run
    """
    by = author_or_user(author), stated(reason)
    asked = _Import(file, whole, release, dry_run, yes, as_data)
    with at_desk(context, config) as desk:
        _imported(desk, asked, by)


def _imported(desk: Desk, asked: _Import, by: tuple[str, str]) -> None:
    from rotation.roster_file import RosterErrors, members

    name = asked.file.name
    try:
        listed = members(name, _content(asked.file), _zones(desk))
    except RosterErrors as wrong:
        _refuse([(p.line, p.column, str(p)) for p in wrong.problems], asked)
    with desk.ledger.reading() as books:
        found = subscriptions.weigh(books, desk.roster, listed.members, desk.now, whole=asked.whole)
    if found.misfits:
        _refuse([_misfit(name, one) for one in found.misfits], asked)
    if not asked.as_data:
        for remark in listed.remarks:
            typer.echo(masked(str(remark)), err=True)
        typer.echo(_summary(found), err=True)
    _refuse_many(found, asked)
    if asked.dry_run or not _changes(found):
        _show(desk, found, asked, done=False)
        return
    if not agreed("Keep it?", yes=asked.yes):
        fail("nothing was done", ends=Ends.PROBLEMS)
    later = desk.later()
    with later.ledger.writing() as books:
        again = subscriptions.weigh(
            books, later.roster, listed.members, later.now, whole=asked.whole
        )
        if _counts(again) != _counts(found):
            fail("the facts changed meanwhile, so nothing was done", "Ask again", Ends.PROBLEMS)
        subscriptions.keep(books, again, by, later.now, masked(on_one_line(name)))
    _show(desk, found, asked, done=True)


def _content(file: Path) -> bytes:
    from rotation.roster_file.csv_text import LARGEST

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as trouble:
        fail(f"{file} cannot be read: {trouble.strerror or trouble}", ends=Ends.USAGE)


def _zones(desk: Desk) -> dict[GroupId, str | None]:
    return {
        group.id: zone_of(desk.timeline, group, desk.now) if group.shifts else None
        for group in desk.roster.groups.values()
    }


def _misfit(name: str, one: Misfit) -> tuple[int, int, str]:
    return one.member.line, 0, f"{name}:{one.member.line}: {one.column}: {one.message}. {one.fix}"


def _refuse(problems: list[tuple[int, int, str]], asked: _Import) -> NoReturn:
    told = [(line, column, masked(on_one_line(text))) for line, column, text in problems]
    if asked.as_data:
        found = [{"line": line, "column": column, "problem": text} for line, column, text in told]
        as_json({"done": False, "problems": found})
    for _, _, text in told[:_MOST]:
        complain(f"rotation: {text}")
    more = f"; {len(told) - _MOST} more are not shown" if len(told) > _MOST else ""
    rows = "1 mistake" if len(told) == 1 else f"{len(told)} mistakes"
    fail(f"nothing was done, for {rows}{more}", ends=Ends.PROBLEMS)


def _refuse_many(found: Weighed, asked: _Import) -> None:
    many = len(found.held)
    if many in {0, asked.released} or asked.dry_run:
        return
    if asked.as_data:
        as_json({"done": False, "held": many, **_counts(found)})
    fail(
        f"{many} people would lose time by this list, which may be a mistake: nothing was done",
        f"If it is meant, add --release {many}",
        Ends.PROBLEMS,
    )


def _counts(found: Weighed) -> dict[str, int]:
    kinds = ("new", "longer", "shorter", "moved", "reworded", "same", "over", "leavers", "missing")
    return {kind: len(getattr(found, kind)) for kind in kinds}


def _changes(found: Weighed) -> bool:
    return bool(found.changes or found.reworded or found.missing)


_SAID = {
    "new": "begin",
    "longer": "end later than before",
    "shorter": "end sooner than before",
    "moved": "have another group or number",
    "reworded": "have another name, language or warning",
    "same": "are as they were",
    "over": "had ended already and are left alone",
    "leavers": "are of leavers, who may be in no group",
    "missing": "end now, because the list is whole and they are not in it",
}


def _summary(found: Weighed) -> str:
    told = [f"{count} {_SAID[kind]}" for kind, count in _counts(found).items() if count]
    return f"Of the subscriptions {'; '.join(told)}." if told else "The list names nobody."


def _show(desk: Desk, found: Weighed, asked: _Import, *, done: bool) -> None:
    holder = desk.holder
    if asked.as_data:
        as_json({"done": done, "held": len(found.held), **_counts(found), "daemon": holder})
        return
    if not done:
        say("Nothing was done: this is a dry run." if asked.dry_run else "Nothing is new.")
        return
    say("Written down.")
    say_who_carries_it_out(holder, tuple(dict.fromkeys(m.group for m in found.changes)))


# -- extend and end -----------------------------------------------------------------------


def extend(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    key: _Key,
    *,
    until: Annotated[str, typer.Option(help='Until when: "2027-03-14 18:00 Europe/Lisbon".')],
    reason: Reason,
    again: Annotated[bool, typer.Option("--again", help="Though it was extended before.")] = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Let somebody stay longer than agreed, once until the list agrees on another end.

    Example: rotation subscriptions extend M-1042 --until 2027-02-14T18:00Z --reason "invoice open"
    """
    by, ends = (author_or_user(author), stated(reason)), exact(until)
    with at_desk(context, config) as desk, desk.ledger.writing() as books:
        known = _known(books, key)
        if ends == known.until and known.covers(desk.now):
            _show_one(desk, known, "lasts as long already, so nothing is new", as_data=as_data)
            return
        if ends <= max(known.until, desk.now):
            fail(f"it would not be longer: it lasts until {instant(known.until)}",
                 "Name a later --until", Ends.PROBLEMS)  # fmt: skip
        if known.is_extended and not again:
            fail("it was extended already, and once is enough until the list agrees on another end",
                 "Add --again if it is meant", Ends.PROBLEMS)  # fmt: skip
        if known.person in books.leavers.all():
            fail("it is a leaver's, who may be in no group", ends=Ends.PROBLEMS)
        longer = subscriptions.extend(books, known, ends, by, desk.now)
        _show_one(desk, longer, f"lasts until {instant(ends)}", as_data=as_data)


def end(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    key: _Key,
    *,
    reason: Reason,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """End one subscription now; the same list read again does not bring it back.

    Example: rotation subscriptions end M-1042 --reason "cancelled by phone"
    """
    by = author_or_user(author), stated(reason)
    with at_desk(context, config) as desk:
        with desk.ledger.reading() as books:
            known = _known(books, key)
        if not known.covers(desk.now):
            _show_one(desk, known, "is over already, so nothing is new", as_data=as_data)
            return
        if not agreed(f"End {on_one_line(known.key)} in {known.group} now?", yes=yes):
            fail("nothing was done", ends=Ends.PROBLEMS)
        later = desk.later()
        with later.ledger.writing() as books:
            subscriptions.end(books, _known(books, key), by, later.now)
        _show_one(desk, replace(known, ended_at=later.now), "is ended", as_data=as_data)


def _known(books: Books, key: str) -> Subscription:
    found = books.subscriptions.get(key.strip())
    if found is None:
        from rotation.roster_file import did_you_mean

        hint = did_you_mean(key, books.subscriptions.all())
        fail(f"there is no subscription `{masked(on_one_line(key))}`", masked(hint), Ends.USAGE)
    return found


def _show_one(desk: Desk, one: Subscription, how: str, *, as_data: bool) -> None:
    if as_data:
        as_json({"key": one.key, "group": one.group, "until": one.until, "ended_at": one.ended_at,
                 "said": how})  # fmt: skip
        return
    say(f"The subscription {on_one_line(one.key)} {how}.")
    say_who_carries_it_out(desk.holder, (one.group,))
