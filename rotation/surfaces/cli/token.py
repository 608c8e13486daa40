"""`rotation token`: who may look at the board where one has to sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from rotation.ledger import Ledger, LedgerTrouble, Token
from rotation.surfaces.cli.desk import Author, Json, author_or_user, clock_of, opened
from rotation.surfaces.cli.moment import moment
from rotation.surfaces.cli.operate import Config, settings_or_fail
from rotation.surfaces.cli.output import Ends, as_json, fail, instant, say, table
from rotation.surfaces.masking import masked, on_one_line


def register(app: typer.Typer) -> None:
    token = typer.Typer(
        help="Who may look at the board from elsewhere, and ending that.",
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    token.command()(create)
    token.command(name="list")(list_)
    token.command()(revoke)
    app.add_typer(token, name="token")


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose it is, or what for.")],
    *,
    until: Annotated[
        str | None, typer.Option(help='When it ends: "2027-03-14 02:30 Europe/Lisbon".')
    ] = None,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Make a token with which somebody signs in to the board. It is shown once, and never again.

    The ledger keeps a digest only. Whoever has the token may look at everything the board shows.

    Example: rotation token create "Mara's phone"
    """
    told, who = masked(on_one_line(name.strip())), author_or_user(author)
    if not told:
        fail("a token needs a name", "Say whose it is", Ends.USAGE)
    with _ledger(context, config) as (ledger, now):
        ends = moment(until, now) if until else None
        if ends is not None and ends <= now:
            fail("the token would have ended already", "Name a later --until", Ends.USAGE)
        with ledger.writing() as books:
            made, secret = books.tokens.make(told, who, now, ends)
    if as_data:
        as_json({"at": now, "token": made, "secret": secret})
        return
    say(secret)
    say(f"That is the token of {made.name}. Keep it now: it is never shown again.")
    say(f"End it with `rotation token revoke {made.prefix}`.")


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
            (one.prefix, one.name, one.rights, instant(one.made_at), one.author,
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


def _told(at: datetime | None, otherwise: str) -> str:
    return otherwise if at is None else instant(at)


def _ends(one: Token, now: datetime) -> str:
    if one.ended_at is not None:
        return f"revoked {instant(one.ended_at)}"
    if one.until is not None and one.until <= now:
        return f"ended {instant(one.until)}"
    return _told(one.until, "never")
