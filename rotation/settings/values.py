"""What an operator has set, as plain values; how they are written down is `keys.py`'s business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

from rotation.core.roster import AccountId, ChatId
from rotation.settings.secret import Secret
from rotation.settings.urls import Listening


@dataclass(frozen=True, slots=True)
class Database:
    """Where the ledger is. `url` never has a password in it, so it may be shown and logged."""

    url: str
    password: Secret | None = None

    def reveal(self) -> str:
        """The URL with its password, to be handed to the driver and to nobody else."""
        if self.password is None:
            return self.url
        scheme, _, rest = self.url.partition("://")
        user, _, host = rest.rpartition("@")
        return f"{scheme}://{user}:{quote(self.password.reveal(), safe='')}@{host}"


@dataclass(frozen=True, slots=True)
class Account:
    """One login at the provider: one WhatsApp number.

    `drip` is how many people may be added, and how many removed, in any 60 seconds;
    `requests_per_minute` caps all calls together, and `changes_per_day` whom is added and removed
    in any 24 hours. `deadline` ends every call.
    """

    id: AccountId
    provider: str
    base_url: str
    instance_id: str
    token: Secret
    credentials: str
    drip: int
    pace: str
    requests_per_minute: int
    changes_per_day: int
    deadline: timedelta
    clock: str
    webhook_secret: Secret | None = None
    webhook_secret_old: Secret | None = None

    @property
    def webhook_secrets(self) -> tuple[Secret, ...]:
        """What webhooks may be signed with: two while one takes the other's place."""
        return tuple(s for s in (self.webhook_secret, self.webhook_secret_old) if s is not None)


@dataclass(frozen=True, slots=True)
class Log:
    format: str = "console"
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Alerts:
    """How the outside is told: by a command, a URL, Apprise's addresses, or several of these.

    A ping that stays away tells that rotation itself is gone. The URLs are secrets: whoever
    knows one can write to it.
    """

    command: tuple[str, ...] = ()
    url: Secret | None = None
    apprise: Secret | None = None
    repeat: timedelta = timedelta(minutes=30)
    ping_url: Secret | None = None
    ping_every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A system of one's own that is told of every record of the trail, at `url`.

    What is sent is signed with `secret`, and with the one before it while that is still set.
    """

    name: str
    url: str
    secret: Secret
    secret_old: Secret | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """A system whose webhooks are acted on: its tickets, or its subscriptions.

    `mapping` is how to read them: one of those that come with rotation by its name, or a file.
    `by` says how one is known to be authentic: its `signature`, or the secret `address` it came to.
    What a ticket is called begins with `prefix`. `group` is where everything belongs of which
    `groups`, by the sender's own names, say nothing else; `people` are the sender's names of them.
    """

    name: str
    kind: str
    mapping: str | Path
    secret: Secret
    secret_old: Secret | None = None
    by: str = ""
    prefix: str = ""
    group: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Two while one takes the other's place."""
        return tuple(s for s in (self.secret, self.secret_old) if s is not None)


@dataclass(frozen=True, slots=True)
class Commands:
    """The group in which commands are listened to, by which account, and who may change anything.

    Everybody of the roster who is heard there may ask.
    """

    group: ChatId
    account: AccountId
    operators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaverList:
    """Where a personnel system keeps its list of leavers, and how often it is read.

    `zone`: by whose clocks a date in it begins.
    """

    url: str
    token: Secret | None
    every: timedelta
    zone: str

    def where(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of another program, whose events say who stands in when; read every so often.

    It is at `url`, or at the `address` where that is a secret itself. `shifts` are those it is
    about; if none are named, it is the only one that is on at the time of an event.
    """

    name: str
    url: str
    address: Secret | None
    token: Secret | None
    every: timedelta
    shifts: tuple[str, ...] = ()

    def where(self) -> str:
        """Raises SettingsErrors where the file of the address can't be read."""
        return self.url if self.address is None else self.address.reveal()

    @property
    def host(self) -> str:
        """All of the address that may be shown. Raises SettingsErrors, as above."""
        return urlsplit(self.where()).hostname or ""


@dataclass(frozen=True, slots=True)
class Web:
    """Where the board, webhooks and monitors find rotation: `listen` None is nowhere.

    `url` is how the world calls that place, if it can reach it at all. `metrics_token` is what a
    monitor shows to be told how many there are of what. `is_dev`: whoever gets there may act, and
    every page says so; it stands in no file.
    """

    listen: Listening | None = None
    url: str | None = None
    metrics_token: Secret | None = None
    is_dev: bool = False

    @property
    def is_private(self) -> bool:
        """Whether only this machine gets there, so that nobody has to sign in to look."""
        return self.url is None and self.listen is not None and self.listen.is_loopback


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting as an operator may see it: its key, its value (secrets hidden), its source."""

    key: str
    shown: str
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator sets. `config` is the file it was read from, if there was one.

    What ended longer than `keep` ago is let go. `wipe_approval`: whether `one` person is enough
    for a wipe, or it takes `two`.
    """

    database: Database
    schedules: Path
    keep: timedelta
    accounts: Mapping[AccountId, Account]
    log: Log
    alerts: Alerts
    web: Web
    events: Mapping[str, Receiver] = field(default_factory=dict)
    leavers: LeaverList | None = None
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    commands: Commands | None = None
    wipe_approval: str = "one"
    config: Path | None = None
    warnings: tuple[str, ...] = field(default=(), compare=False)
    explained: tuple[Explained, ...] = field(default=(), compare=False, repr=False)

    def explain(self) -> tuple[Explained, ...]:
        """Every setting in force and where it comes from, in the order of the example file."""
        return self.explained

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, so that what is written down can be scrubbed of them."""
        held = [self.database.password, self.alerts.url, self.alerts.ping_url, self.alerts.apprise]
        held.append(self.web.metrics_token)
        for account in self.accounts.values():
            held += [account.token, *account.webhook_secrets]
        for receiver in self.events.values():
            held += [receiver.secret, receiver.secret_old]
        for hook in self.hooks.values():
            held += hook.secrets
        if self.leavers is not None:
            held.append(self.leavers.token)
        for calendar in self.calendars.values():
            held += [calendar.address, calendar.token]
        return tuple(secret for secret in held if secret is not None)
