"""What other systems and people in the chat may tell: whether it can come in, and what it does."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from rotation.core.roster import Roster
from rotation.engine import hook_held
from rotation.ledger import Delivery, Ledger, LedgerTrouble
from rotation.settings import Hook, Settings, SettingsErrors
from rotation.surfaces.doctor.check import Check, bad, ok, warn
from rotation.surfaces.incoming.entrance import scheme_of
from rotation.surfaces.incoming.mapping import load
from rotation.surfaces.incoming.signatures import ADDRESS
from rotation.surfaces.saying import length_said

SHORTEST = 22
"""Characters of a secret that an address is made of: 128 bits, in letters and digits."""


def hooks(settings: Settings, ledger: Ledger | None, now: datetime) -> Iterator[Check]:
    """A check for each hook; none where none is set up."""
    if ledger is None or not settings.hooks:
        return
    if settings.web.listen is None:
        yield bad("hooks", 'nothing comes in while web.listen is "off"', "set web.listen")
        return
    try:
        with ledger.reading() as books:
            held = hook_held.held(books)
            last = {name: books.deliveries.newest(name) for name in settings.hooks}
    except LedgerTrouble as trouble:
        yield warn("hooks", str(trouble), "see what is said of the ledger above")
        return
    for name, hook in settings.hooks.items():
        yield _hook(hook, held, last[name], now)


def _hook(hook: Hook, held: Mapping[str, datetime], last: Delivery | None, now: datetime) -> Check:
    check = f"hook {hook.name}"
    if hook.name in held:
        told = "would end the subscriptions of unusually many people, so it waits"
        how = (
            f"ask whoever runs its sender; `rotation hooks let-through {hook.name}` if it is meant"
        )
        return bad(check, told, how)
    if scheme_of(hook, load(hook.mapping)) == ADDRESS and _is_short(hook):
        told = f"its address is made of a secret of less than {SHORTEST} characters"
        return warn(check, told, "make one: openssl rand -hex 32")
    if last is None:
        return ok(check, "nothing that it told was acted on yet")
    return ok(check, f"{last.about} was {last.done} {length_said(now - last.at)} ago")


def _is_short(hook: Hook) -> bool:
    try:
        return len(hook.secret.reveal()) < SHORTEST
    except SettingsErrors:  # which is told of by another check
        return False


def commands(settings: Settings, roster: Roster) -> Iterator[Check]:
    """Whether those who may change something from the chat are in the roster."""
    if settings.commands is None:
        return
    people = {*map(str, roster.people), *(one.name for one in roster.people.values())}
    unknown = [name for name in settings.commands.operators if name not in people]
    if unknown:
        told = f"{', '.join(unknown)}: nobody in the roster is called so"
        yield warn("commands", told, "write people in commands.operators as the roster has them")
    elif settings.web.listen is None:
        yield bad("commands", 'nobody is heard while web.listen is "off"', "set web.listen")
    else:
        yield ok("commands", f"{len(settings.commands.operators)} may change something")
