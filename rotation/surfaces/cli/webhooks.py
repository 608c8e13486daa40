"""`rotation webhooks`: where the provider sends an account's events, and whether to us."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from rotation.ledger import LedgerTrouble, digest_of
from rotation.providers import Webhook
from rotation.providers.wawp import Hooks, Wawp
from rotation.settings import Account
from rotation.surfaces import webhooks as hooks
from rotation.surfaces.calls import Calls
from rotation.surfaces.cli.asked import Provider, asked, chosen
from rotation.surfaces.cli.desk import Json
from rotation.surfaces.cli.operate import Config, settings_or_fail
from rotation.surfaces.cli.output import Ends, as_json, fail, say, table
from rotation.surfaces.webhooks import OURS, Registered, Unregistered
from rotation.wiring.parts import ear_for

_WHERE = "--url belongs to `rotation webhooks install`, and is needed there unless web.url is set"


class What(StrEnum):
    LIST = "list"
    INSTALL = "install"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class _Line:
    """One account, and what is asked and written of its webhooks."""

    account: Account
    chat: Wawp
    calls: Calls
    ear: Hooks

    def registered(self) -> tuple[Webhook, ...]:
        if not self.calls.fit():
            raise Unregistered("this minute's calls are used up", "Try again in a minute")
        return hooks.registered(self.chat)


def register(app: typer.Typer) -> None:
    app.command()(webhooks)


def webhooks(  # noqa: PLR0913 - an option each
    context: typer.Context,
    what: Annotated[What, typer.Argument(help="Look, register us, or take us away.")] = What.LIST,
    *,
    account: Annotated[str | None, typer.Option(help="Which, where there are several.")] = None,
    url: Annotated[
        str | None, typer.Option(help="install: where the daemon is reached; else web.url.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Where the provider sends an account's events; register or remove us.

    `install` puts our address among those the provider has, and keeps the others; it ends in a
    secret key made of webhook_secret, which is never shown. What was written is read back.

    Example: rotation webhooks install --url https://rotation.example
    """
    settings = settings_or_fail(config, need_secrets=False)
    url = url or (settings.web.url if what is What.INSTALL else None)
    if (url is not None) != (what is What.INSTALL):
        fail(_WHERE, ends=Ends.USAGE)
    try:
        one, provider = chosen(settings, account), context.find_object(Provider)
        with asked(settings, one, "webhooks", provider) as by:
            line = _Line(one, by.chat, by.calls, ear_for(one))
            before = line.registered()
            after = _wanted(line, before, what, url)
            if not dry_run and after != before:
                hooks.write(line.chat, after, line.calls.fit)
                _remember(line, after)
            _show(line, before, after, dry_run=dry_run, as_data=as_data)
    except Unregistered as why:
        _fail(why)
    except (LedgerTrouble, ConnectionError, ValueError) as trouble:
        fail(str(trouble))


def _fail(why: Unregistered) -> NoReturn:
    fail(str(why), why.what_to_do)


def _wanted(
    line: _Line, before: tuple[Webhook, ...], what: What, url: str | None
) -> tuple[Webhook, ...]:
    if what is What.LIST:
        return before
    others = hooks.without_ours(before, line.ear)
    if what is What.REMOVE:
        return others
    ours = hooks.our_hook(line.account, url or "")
    kept = next((h.more for h in before if h.url == ours.url), {})
    return (*others, replace(ours, more=kept))


def _remember(line: _Line, after: tuple[Webhook, ...]) -> None:
    """Ours stays ours in the ledger's eyes, also once its secret was replaced."""
    if line.calls.ledger is None:
        return
    ours = [digest_of(h.url) for h in after if line.ear.is_ours(h.url)]
    with line.calls.ledger.writing() as books:
        known = books.webhooks.of(line.account.id)
        books.webhooks.save(known.knowing(*ours))


def _show(
    line: _Line,
    before: tuple[Webhook, ...],
    after: tuple[Webhook, ...],
    *,
    dry_run: bool,
    as_data: bool,
) -> None:
    found, name = hooks.shown(after, line.ear), line.account.id
    is_written = after != before and not dry_run
    if as_data:
        told = [asdict(one) for one in found]
        as_json({"account": name, "written": is_written, "dry_run": dry_run, "webhooks": told})
        return
    if after == before:
        say(f"{name}: the provider sends events to")
    else:
        say(f"{name}: the provider {'would send' if dry_run else 'now sends'} events to")
    table(("WHOSE", "ADDRESS", "EVENTS"), map(_row, found))
    if not any(one.whose == OURS for one in found):
        say("None of them is ours; `rotation webhooks install --url https://...` registers us.")


def _row(one: Registered) -> tuple[str, str, str]:
    events = ", ".join(one.events) or "all"
    return one.whose, one.address, events if one.active else f"{events} (switched off)"
