"""An account that a command asks itself: which one, and at what pace beside the daemon."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rotation.core.facts import Moment
from rotation.ledger import Ledger, LedgerTrouble, current
from rotation.providers.wawp import Exchanged, Wawp
from rotation.roster_file import did_you_mean
from rotation.settings import Account, Settings
from rotation.surfaces.calls import Calls, spared
from rotation.surfaces.cli.output import Ends, fail
from rotation.surfaces.masking import on_one_line
from rotation.wiring import RealClock, SandboxClock, chat_for
from rotation.wiring.parts import clock_for


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider is reached, handed to the command by whoever runs it."""

    connect: Callable[[Account, Callable[[], Moment], Callable[[Exchanged], None]], Wawp]


@dataclass(frozen=True, slots=True)
class Asked:
    """The account with its chat; every call is noted in `calls`, in the ledger if there is one."""

    account: Account
    chat: Wawp
    calls: Calls
    clock: RealClock | SandboxClock


def chosen(settings: Settings, name: str | None) -> Account:
    """The account of that name, or the only one; ends the command when it is not clear which."""
    known = settings.accounts
    if not known:
        fail("no account is set up", "`rotation init` writes a rotation.toml to start from")
    if name is None and len(known) > 1:
        fail("which account?", f"Say --account: {', '.join(known)}", Ends.USAGE)
    found = next((a for a in known.values() if name in (None, a.id)), None)
    if found is None:
        hint = did_you_mean(name or "", known)
        fail(f"the settings know no account `{on_one_line(name or '')}`", hint, Ends.USAGE)
    return found


@contextmanager
def asked(
    settings: Settings, account: Account, who: str, provider: Provider | None = None
) -> Iterator[Asked]:
    """The account until the `with` ends; ends the command when ledger or clock can't be had.

    A ledger that is there is told of the calls, and some are left to the daemon on it.
    """
    try:
        clock, ledger = clock_for(settings), _ledger(settings)
    except (ConnectionError, ValueError, LedgerTrouble) as why:
        fail(str(why))
    calls = Calls(account, clock, ledger, spared(account, beside_a_daemon=ledger is not None), who)
    connect = provider.connect if provider is not None else chat_for
    chat = connect(account, clock, calls.note)
    try:
        yield Asked(account, chat, calls, clock)
    finally:
        chat.close()
        if ledger is not None:
            ledger.close()


def _ledger(settings: Settings) -> Ledger | None:
    url = settings.database.reveal()
    if current(url) is None:
        return None
    ledger = Ledger(url)
    ledger.require_schema()
    return ledger
