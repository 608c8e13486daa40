"""`rotation token`: who may look and give orders where one has to sign in, and about what."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rotation.core.roster import EMPTY
from rotation.ledger import Ledger, LedgerTrouble, Rights, Token
from rotation.surfaces.calendars.whose import Whose, whose
from rotation.surfaces.cli.desk import Author, Json, author_or_user, clock_of, opened
from rotation.surfaces.cli.moment import moment
from rotation.surfaces.cli.operate import Config, settings_or_fail
from rotation.surfaces.cli.output import Ends, as_json, fail, instant, say, table
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders.order import LONGEST_NAME

_A_YEAR = timedelta(days=365)


class Role(StrEnum):
    """The rights that people have, each with those before it."""

    VIEWER = Rights.VIEWER
    OPERATOR = Rights.OPERATOR
    ADMIN = Rights.ADMIN


def register(app: typer.Typer) -> None:
    token = typer.Typer(
        help="Who may look and give orders from elsewhere, and ending that.",
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    token.command()(create)
    token.command(name="list")(list_)
    token.command()(revoke)
    app.add_typer(token, name="token")


def create(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose it is, or what for.")],
    *,
    role: Annotated[
        Role | None,
        typer.Option(help="viewer (unless said) looks; operator hands over; admin wipes as well."),
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option(help="Orders about this team's groups alone; again for more. None: all."),
    ] = None,
    calendar: Annotated[
        str | None,
        typer.Option(help="For this calendar alone: people/P, groups/G or shifts/S."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help='When it ends: "2027-03-14 02:30 Europe/Lisbon".')
    ] = None,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Make a token with which somebody signs in to the board. It is shown once, and never again.

    The ledger keeps a digest only. Whoever has the token may look at everything the board shows.
    An operator may also give orders about the groups of the teams that are named, an admin all.

    With --calendar it is the address of one calendar, for applications that cannot sign in. Whoever
    has that sees this calendar and nothing else, for a year if no --until is given.

    Example: rotation token create "Mara's phone" --role operator --team support
    """
    told, who = masked(on_one_line(name.strip())), author_or_user(author)
    if not told:
        fail("a token needs a name", "Say whose it is", Ends.USAGE)
    if len(told) > LONGEST_NAME:
        fail(f"a token's name has at most {LONGEST_NAME} characters", ends=Ends.USAGE)
    if calendar is not None and (role is not None or team):
        fail("a calendar's token opens that calendar alone",
             "Leave out --role and --team, or --calendar", Ends.USAGE)  # fmt: skip
    board = _board(config) if calendar is not None else ""
    with _ledger(context, config) as (ledger, now):
        opens = _calendar(ledger, calendar) if calendar is not None else None
        last = None if opens is None else now + _A_YEAR
        teams = _teams(ledger, team or [])
        ends = moment(until, now) if until else last
        if ends is not None and ends <= now:
            fail("the token would have ended already", "Name a later --until", Ends.USAGE)
        with ledger.writing() as books:
            made, secret = books.tokens.make(
                told, who, now, ends, rights=Rights(role or Role.VIEWER), teams=teams,
                calendar=str(opens or ""),
            )  # fmt: skip
    if opens is not None:
        _say_address(made, f"{board}{opens.address}?token={secret}", now, as_data=as_data)
        return
    if as_data:
        as_json({"at": now, "token": made, "secret": secret})
        return
    say(secret)
    say(f"That is the token of {made.name}, {_may(made)}. Keep it now: it is never shown again.")
    say(f"End it with `rotation token revoke {made.prefix}`.")


def _say_address(made: Token, address: str, now: datetime, *, as_data: bool) -> None:
    if as_data:
        as_json({"at": now, "token": made, "address": address})
        return
    say(address)
    say(f"That is {made.name}, for calendar applications to subscribe to. Whoever has the address")
    say("sees this calendar and nothing else. Keep it now: it is never shown again.")
    say(f"It ends {_told(made.until, 'never')}, or with `rotation token revoke {made.prefix}`.")


def _calendar(ledger: Ledger, text: str) -> Whose:
    """What the calendar is of; ends the command unless the roster in force knows it."""
    meant = whose(text)
    if meant is None:
        fail(f"`{on_one_line(text)}` names no calendar",
             "Write people/ana, groups/acme-vip or shifts/asia", Ends.USAGE)  # fmt: skip
    with ledger.reading() as books:
        _, roster = books.rosters.in_force() or ("", EMPTY)
    known = meant.known(roster)
    if meant.name not in known:
        from rotation.roster_file import did_you_mean

        fail(f"the roster in force has no `{on_one_line(text)}`",
             did_you_mean(meant.name, known), Ends.USAGE)  # fmt: skip
    return meant


def _teams(ledger: Ledger, teams: Iterable[str]) -> Iterable[str]:
    """The teams; ends the command unless the roster in force has a group of each."""
    if not teams:
        return teams
    with ledger.reading() as books:
        _, roster = books.rosters.in_force() or ("", EMPTY)
    known = {group.team for group in roster.groups.values() if group.team is not None}
    for one in teams:
        if one not in known:
            from rotation.roster_file import did_you_mean

            fail(f"no group in force is of team `{on_one_line(one)}`",
                 did_you_mean(one, known), Ends.USAGE)  # fmt: skip
    return teams


def _board(config: Path | None) -> str:
    """Where calendar applications find the board; ends the command where nobody serves it."""
    web = settings_or_fail(config, need_secrets=False).web
    url = web.url or (web.listen.url if web.listen is not None else None)
    if url is None:
        fail("no board is served", "Set [web] listen and url in rotation.toml", Ends.USAGE)
    return url.rstrip("/")


def list_(
    context: typer.Context,
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that ended as well.")] = False,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """The tokens with which people sign in, and when each was last used.

    Example: rotation token list
    """
    with _ledger(context, config) as (ledger, now), ledger.reading() as books:
        found = [one for one in books.tokens.all() if every or one.is_good(now)]
    if as_data:
        as_json({"at": now, "tokens": found})
        return
    table(
        ("TOKEN", "NAME", "MAY", "MADE", "BY", "LAST USED", "ENDS"),
        (
            (one.prefix, one.name, _may(one), instant(one.made_at), one.author,
             _told(one.used_at, "never"), _ends(one, now))
            for one in found
        ),
    )  # fmt: skip


def revoke(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="As `rotation token list` names it.")],
    *,
    config: Config = None,
) -> None:
    """End a token: whoever signed in with it is out at once.

    Example: rotation token revoke 4be1d07c92
    """
    with _ledger(context, config) as (ledger, now), ledger.writing() as books:
        done = books.tokens.end(token, now)
    if not done:
        fail(f"there is no token `{on_one_line(token)}` that could be ended",
             "See `rotation token list`", Ends.USAGE)  # fmt: skip
    say(f"token {token} opens nothing any more")


@contextmanager
def _ledger(context: typer.Context, config: Path | None) -> Iterator[tuple[Ledger, datetime]]:
    """The ledger and the time; trouble with either ends the command in words."""
    settings = settings_or_fail(config, need_secrets=False)
    try:
        ledger = opened(settings)
        try:
            yield ledger, clock_of(context, settings)()
        finally:
            ledger.close()
    except LedgerTrouble as trouble:
        fail(str(trouble))


def _may(one: Token) -> str:
    """What it opens: a calendar, or a role, and of which teams."""
    return one.calendar or " of ".join(filter(None, (one.rights.value, ", ".join(one.teams))))


def _told(at: datetime | None, otherwise: str) -> str:
    return otherwise if at is None else instant(at)


def _ends(one: Token, now: datetime) -> str:
    if one.ended_at is not None:
        return f"revoked {instant(one.ended_at)}"
    if one.until is not None and one.until <= now:
        return f"ended {instant(one.until)}"
    return _told(one.until, "never")
