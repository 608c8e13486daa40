"""From settings to a working whole: ledger, chats, rules and the engine."""

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine import AccountRules, Engine, Event, Intake, Shared, Terms
from rotation.ledger import Ledger, LedgerTrouble, Lock, Replica, current, on_server, upgrade
from rotation.providers import Chat
from rotation.providers.wawp import Credentials, CredentialStyle, Endpoint, Exchanged, Hooks, Wawp
from rotation.settings import Account, Commands, Settings
from rotation.wiring.clocks import RealClock, SandboxClock
from rotation.wiring.turns import RightOfWay

SLOW = Terms(length=450.0, margin=50.0, renewal=200.0, vacancy=300.0, quiet=900.0)
"""In a stepped world, whose hours take seconds: nobody has to look in between so often."""


@dataclass(slots=True)
class Parts:
    """Everything that runs, put together; `close` lets go of connections."""

    settings: Settings
    ledger: Ledger
    chats: Mapping[AccountId, Chat]
    clock: RealClock | SandboxClock
    engine: Engine
    intake: Intake
    """Takes webhooks; whoever lets them in flushes it every half second."""
    shared: Shared | None = None
    """What the replicas of a ledger on a server share out; in a file there is one daemon."""
    way: RightOfWay = field(default_factory=RightOfWay)
    """Taken by ticks, and given by pages."""

    def leave(self) -> None:
        """No other replica has to wait for us; without a ledger they have to, and do."""
        if self.shared is not None:
            with suppress(LedgerTrouble):
                self.shared.leave()

    def close(self) -> None:
        self.leave()
        for chat in self.chats.values():
            chat.close()
        for clock in (self.clock, self.intake.clock):
            if isinstance(clock, SandboxClock):
                clock.close()
        self.ledger.close()


def open_ledger(settings: Settings, lock: Lock = None) -> Ledger:
    """The ledger of `settings`. An empty database gets its tables; an older one is refused.

    With a `lock` nothing is written once that was lost. Raises UnknownSchema when the database's
    tables are not the ones this version knows.
    """
    url = settings.database.reveal()
    if current(url) is None:
        upgrade(url, aside=True)
    ledger = Ledger(url, lock=lock)
    ledger.require_schema()
    return ledger


def assemble(
    settings: Settings,
    zone_data: str,
    *,
    alert: Callable[[str], bool] | None = None,
    watch: Callable[[Event], None] | None = None,
    ledger: Ledger | None = None,
    replicated: bool = False,
) -> Parts:
    """Put everything together. Raises UnknownSchema; ConnectionError for a stepped clock.

    `replicated`: others may work with the ledger, so accounts are ours by leases only.
    """
    clock = clock_for(settings)
    ledger = ledger or open_ledger(settings)
    shared = replica_for(settings, ledger, clock, zone_data) if replicated else None
    chats = {a.id: chat_for(a, clock) for a in settings.accounts.values()}
    rules = {a.id: rules_for(a) for a in settings.accounts.values()}
    ears = {a.id: ear_for(a, settings.commands) for a in settings.accounts.values()}
    engine = Engine(
        ledger,
        chats,
        clock,
        zone_data=zone_data,
        rules=rules,
        alert=alert,
        mute=settings.alerts.repeat,
        watch=watch,
        tenures=shared,
        ears=ears,
        keep=settings.keep,
    )
    # A stepped world waits for its webhooks to be taken while it holds the daemon's own line.
    door_clock = clock_for(settings) if isinstance(clock, SandboxClock) else clock
    intake = Intake(ledger, ears, door_clock)
    return Parts(settings, ledger, chats, clock, engine, intake, shared)


def clock_for(settings: Settings) -> RealClock | SandboxClock:
    stepped = [a for a in settings.accounts.values() if a.clock == "stepped"]
    if not stepped:
        return RealClock()
    # Daemons on one ledger take part in the world each for itself.
    who = f"daemon {os.getpid()}" if on_server(settings.database.reveal()) else "daemon"
    return SandboxClock(stepped[0].base_url, who)


def replica_for(
    settings: Settings, ledger: Ledger, clock: RealClock | SandboxClock, zone_data: str
) -> Shared:
    """One of those that share the ledger: ourselves."""
    now, host, process = clock(), socket.gethostname(), os.getpid()
    me = Replica(
        replica=f"{host}/{now.boot[:8]}/{process}/{secrets.token_hex(4)}",
        place=f"process {process} on {host}",
        version=version("rotation"),
        zone_data=zone_data,
        accounts=tuple(sorted(settings.accounts)),
        roster="",
        standby="",
        beat=0,
        started_at=now.at,
        seen_at=now.at,
    )
    is_stepped = isinstance(clock, SandboxClock)
    terms = SLOW if is_stepped else Terms()
    return Shared(ledger, clock, me, terms, by_real_time=not is_stepped)


def chat_for(
    account: Account,
    clock: Callable[[], Moment],
    transcript: Callable[[Exchanged], None] | None = None,
) -> Wawp:
    """The chat of one account; its token is read anew at every call."""

    def credentials() -> Credentials:
        return Credentials(account.instance_id, account.token)

    endpoint = Endpoint(
        account.base_url,
        CredentialStyle(account.credentials),
        account.deadline.total_seconds(),
    )
    return Wawp(credentials, lambda: clock().at, endpoint, transcript=transcript)


def ear_for(account: Account, commands: Commands | None = None) -> Hooks:
    """What listens to the webhooks of one account; to none where no secret is set."""
    is_theirs = commands is not None and commands.account == account.id
    chat = commands.group if commands is not None and is_theirs else None
    return Hooks(account.id, lambda: account.webhook_secrets, chat)


def rules_for(account: Account) -> AccountRules:
    return AccountRules(
        drip=account.drip,
        paced=account.pace == "paced",
        requests=account.requests_per_minute,
        deadline=account.deadline,
        daily=account.changes_per_day,
    )
