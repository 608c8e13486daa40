"""An account's webhooks: are they listened to, do they arrive, and where else do they go."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rotation.ledger import Ledger, LedgerTrouble
from rotation.providers.wawp import SHORTEST_SECRET
from rotation.settings import Account, SettingsErrors
from rotation.surfaces import webhooks
from rotation.surfaces.doctor.account import USED_UP, Asked
from rotation.surfaces.doctor.check import Check, ok, warn
from rotation.surfaces.saying import length_said
from rotation.surfaces.webhooks import OURS, RIVALS, Unregistered
from rotation.wiring.parts import ear_for

SILENT = timedelta(hours=3)
"""In a desk's groups somebody says something more often."""
_NOBODY_LISTENS = "none are taken, as no webhook_secret is set; the sweep finds all in 15 minutes"
_INSTALL = "register us: `rotation webhooks install --url https://...`"


def hooked(asked: Asked, ledger: Ledger | None, now: datetime) -> Iterator[Check]:
    """Where no secret is set there is nothing to be wrong."""
    name = asked.check("webhooks")
    if asked.account.webhook_secret is None:
        yield ok(name, _NOBODY_LISTENS)
        return
    if _is_short(asked.account):
        how = "make another: openssl rand -hex 32; then `rotation webhooks install`"
        yield warn(name, "webhook_secret is short enough to be guessed", how)
    if ledger is not None:
        yield _arriving(name, ledger, asked.account, now)
    yield from _registered(name, asked)


def _is_short(account: Account) -> bool:
    try:
        return any(len(secret.reveal()) < SHORTEST_SECRET for secret in account.webhook_secrets)
    except SettingsErrors:  # what is said of secrets says it
        return False


def _arriving(name: str, ledger: Ledger, account: Account, now: datetime) -> Check:
    try:
        with ledger.reading() as books:
            heard_at = books.webhooks.of(account.id).heard_at
    except LedgerTrouble as trouble:
        return warn(name, f"when one came last is not known: {trouble}")
    how = f"see that the daemon is reached from outside, and {_INSTALL}"
    if heard_at is None:
        return warn(name, "none has ever arrived", how)
    silence = max(now - heard_at, timedelta(0))
    if silence > SILENT:
        return warn(name, f"no webhook for {length_said(silence)}", how)
    return ok(name, f"the last one arrived {length_said(silence)} ago")


def _registered(name: str, asked: Asked) -> Iterator[Check]:
    if not asked.may("where do its events go?"):
        yield warn(name, "where they go was not asked for", USED_UP)
        return
    try:
        found = webhooks.shown(webhooks.registered(asked.chat), ear_for(asked.account))
    except Unregistered as why:
        yield warn(name, str(why), why.what_to_do)
        return
    ours = [one for one in found if one.whose == OURS]
    if not any(one.active for one in ours):
        yield warn(name, "the provider sends them to no address of ours", _INSTALL)
    for one in found:
        if one.whose == RIVALS and one.active:
            how = "look for a second installation with this number and stop one of them"
            yield warn(name, f"they also go to {one.address}, like another rotation's", how)
    others = len(found) - len(ours)
    if ours and others:
        yield ok(name, f"the provider sends them to us, and to {others} more")
    elif ours:
        yield ok(name, "the provider sends them to us, and to nobody else")
