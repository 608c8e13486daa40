"""`rotation subscriptions import`: a CSV file read, weighed, and kept with a person's word."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rotation.core.roster import GroupId
from rotation.engine import subscriptions
from rotation.engine.subscriptions import Misfit, Weighed
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
from rotation.surfaces.cli.files import content_of
from rotation.surfaces.cli.grant import DryRun
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.saying import zone_of

_MOST = 40
"""So many mistakes of a file are shown; mending one often mends more."""
_Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]


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
        listed = members(name, content_of(asked.file), _zones(desk))
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
