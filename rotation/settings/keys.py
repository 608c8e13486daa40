"""Every key of rotation.toml: what it may be, and what it is when nobody wrote it."""

import re
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from types import MappingProxyType
from urllib.parse import urlsplit

from rotation.core.roster import AccountId, ChatId
from rotation.settings.addresses import Reach, reach_of
from rotation.settings.kinds import (
    ChatName,
    Choice,
    Command,
    Folder,
    Length,
    NameOrFile,
    Names,
    Texts,
    Whole,
    Word,
    Zone,
)
from rotation.settings.layers import Layers, Section, spelled
from rotation.settings.secret import Secret, addresses, header_safe, signing
from rotation.settings.urls import (
    DatabaseUrl,
    ListenAt,
    Listening,
    PublicUrl,
    ServerUrl,
    fetched_url,
    outside_url,
)
from rotation.settings.values import (
    Account,
    Alerts,
    Calendar,
    Commands,
    Database,
    Hook,
    LeaverList,
    Log,
    Receiver,
    Settings,
    Web,
)

SERVERS = {"wawp": "https://api.wawp.net", "sandbox": "http://127.0.0.1:8790"}
"""The providers there are, and where each is found."""
CREDENTIALS = ("body+header", "header", "bearer", "query")
"""How a token can travel; the first is what Wawp documents without putting it into a URL."""
SANDBOX_ID, SANDBOX_TOKEN = "5A9D0B0C1234", "sandbox-token"
"""The account that a sandbox has when it was told of none; they open nothing else."""

ADVISED_DRIP = range(5, 11)
"""Removals a minute that Wawp's own documentation advises."""
NAME = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = 24 * HOUR


def read_settings(layers: Layers) -> Settings:
    """Everything that was set; what is wrong with it is gathered in `layers`."""
    top = layers.top
    folder = layers.document.folder
    settings = Settings(
        database=database(top, f"sqlite:///{folder.absolute() / 'rotation.db'}"),
        schedules=top.take("schedules", Folder(), folder.absolute() / "schedules"),
        keep=top.take("keep", Length(90 * DAY, 3650 * DAY), 400 * DAY),
        wipe_approval=top.take("wipe_approval", Choice(("one", "two")), "one"),
        accounts=MappingProxyType(accounts(top.table("accounts"))),
        log=log(top.table("log")),
        alerts=alerts(top.table("alerts")),
        web=web(top.table("web")),
        events=MappingProxyType(receivers(top.table("events"))),
        leavers=leavers(top.table("leavers")),
        calendars=MappingProxyType(calendars(top.table("calendars"))),
        hooks=MappingProxyType(hooks(top.table("hooks"))),
    )
    settings = replace(settings, commands=commands(top.table("commands"), settings))
    if settings.hooks:
        blame_shared_addresses(top.table("accounts"), settings)
    top.blame_unknown_keys()
    layers.blame_unknown_variables()
    return settings


def database(top: Section, default: str) -> Database:
    url, password = top.take("database_url", DatabaseUrl(), (default, None))
    given = top.secret("database_password")
    if given is not None and "@" not in url:
        top.blame("database_password", "is set, but database_url names no user it could belong to")
    if password is None:
        return Database(url, given)
    if not top.is_in_environment("database_url"):
        top.blame("database_url", "must have no password in this file: name database_password_file")
    elif given is not None:
        top.blame("database_url", "has a password, and database_password is set as well")
    return Database(url, top.secret_text("database_url", password))


def accounts(table: Section) -> dict[AccountId, Account]:
    found: dict[AccountId, Account] = {}
    for name in table.tables():
        section = table.table(name)
        if not NAME.fullmatch(name):
            table.blame(name, "is no name for an account; it may be small letters, digits, - and _")
        if any(spelled(name) == spelled(other) for other in found):
            table.blame(name, "differs from another account only by - and _")
        found[AccountId(name)] = account(section, AccountId(name))
    blame_shared_numbers(table, found)
    if len({a.clock for a in found.values()}) > 1:
        table.blame(
            "clock", "is stepped for some accounts and real for others; one run has one clock"
        )
    return found


def account(at: Section, name: AccountId) -> Account:
    provider = at.take("provider", Choice(tuple(SERVERS)), "wawp")
    is_sandbox = provider == "sandbox"
    made = Account(
        id=name,
        provider=provider,
        base_url=at.take("base_url", ServerUrl(), SERVERS[provider]),
        instance_id=instance(at, is_sandbox=is_sandbox),
        token=token(at, is_sandbox=is_sandbox),
        credentials=at.take("credentials", Choice(CREDENTIALS), CREDENTIALS[0]),
        drip=at.take("drip", Whole(1, 30), 8),
        pace=at.take("pace", Choice(("sliding", "paced")), "sliding"),
        requests_per_minute=at.take("requests_per_minute", Whole(5, 600), 60),
        changes_per_day=at.take("changes_per_day", Whole(1, 100_000), 2000),
        deadline=at.take("deadline", Length(5 * SECOND, 25 * SECOND), 20 * SECOND),
        clock=at.take("clock", Choice(("real", "stepped")), "real"),
        webhook_secret=at.secret("webhook_secret", header_safe),
        webhook_secret_old=at.secret("webhook_secret_old", header_safe),
    )
    judge(at, made)
    at.blame_unknown_keys()
    return made


def instance(at: Section, *, is_sandbox: bool) -> str:
    kind = Word("the instance id that the provider's console shows")
    return (
        at.take("instance_id", kind, SANDBOX_ID) if is_sandbox else at.need("instance_id", kind, "")
    )


def token(at: Section, *, is_sandbox: bool) -> Secret:
    given = at.secret("token", header_safe)
    if given is None and is_sandbox:
        return Secret.of(SANDBOX_TOKEN, at.key("token"), "default")
    return given or at.missing_secret("token")


def judge(at: Section, account: Account) -> None:
    """What can't be, or is unwise, though every single value may."""
    is_local = reach_of(urlsplit(account.base_url).hostname or "") is Reach.LOOPBACK
    is_sandbox = account.provider == "sandbox"
    if is_sandbox and not is_local:
        at.blame(
            "base_url", "leads off this machine, where no sandbox is; it may be http://127.0.0.1"
        )
    if account.clock == "stepped" and not is_sandbox:
        at.blame("clock", 'is "stepped", which only an account of the sandbox can have')
    if account.drip not in ADVISED_DRIP:
        at.warn("drip", f"is {account.drip}; Wawp advises 5 to 10 a minute, so as not to be banned")
    if account.webhook_secret is None and account.webhook_secret_old is not None:
        at.blame("webhook_secret_old", "is the one before webhook_secret, which is not set")
    if account.credentials == "query":
        at.warn("credentials", 'is "query", which shows the token to every proxy on the way')


def blame_shared_numbers(table: Section, found: dict[AccountId, Account]) -> None:
    """One number under two names would be paced twice and written to by two."""
    seen: dict[tuple[str, str], AccountId] = {}
    for name, account in found.items():
        number = (account.base_url, account.instance_id)
        first = seen.setdefault(number, name)
        if first != name and account.instance_id:
            table.table(name).blame(
                "instance_id", f"is that of accounts.{first} too; one number is one account"
            )


def log(at: Section) -> Log:
    made = Log(
        format=at.take("format", Choice(("console", "json")), "console"),
        level=at.take("level", Choice(("debug", "info", "warning", "error")), "info"),
    )
    at.blame_unknown_keys()
    return made


def alerts(at: Section) -> Alerts:
    made = Alerts(
        command=at.take("command", Command(), ()),
        url=at.secret("url", outside_url),
        apprise=apprised(at),
        repeat=at.take("repeat", Length(5 * MINUTE, 24 * HOUR), 30 * MINUTE),
        ping_url=at.secret("ping_url", outside_url),
        ping_every=at.take("ping_every", Length(10 * SECOND, HOUR), MINUTE),
    )
    at.blame_unknown_keys()
    return made


def apprised(at: Section) -> Secret | None:
    found = at.secret("apprise", addresses)
    if found is not None and find_spec("apprise") is None:
        at.blame("apprise", "needs Apprise, which is not there: pip install 'rotation[alerts]'")
    return found


def web(at: Section) -> Web:
    made = Web(
        listen=at.take("listen", ListenAt(), Listening("127.0.0.1", 8780)),
        url=at.take("url", PublicUrl(), None),
        metrics_token=at.secret("metrics_token", header_safe),
    )
    at.blame_unknown_keys()
    return made


def receivers(table: Section) -> dict[str, Receiver]:
    found: dict[str, Receiver] = {}
    for name in table.tables():
        at = table.table(name)
        if not NAME.fullmatch(name):
            table.blame(name, "is no name for a receiver; it may be small letters, digits, - and _")
        found[name] = Receiver(
            name=name,
            url=at.need("url", ServerUrl(), ""),
            secret=at.secret("secret", signing) or at.missing_secret("secret"),
            secret_old=at.secret("secret_old", signing),
        )
        at.blame_unknown_keys()
    return found


def commands(at: Section, settings: Settings) -> Commands | None:
    chat = at.take("group", ChatName(), "")
    only = next(iter(settings.accounts), "") if len(settings.accounts) == 1 else ""
    account = at.take("account", Word("the name of an account"), "") or only
    operators = at.take("operators", Names(), ())
    at.blame_unknown_keys()
    if not chat:
        if operators:
            at.blame("group", "is missing, and there are operators for it")
        return None
    known = settings.accounts.get(AccountId(account))
    if known is None:
        at.blame("account", "names no account; it is the one that hears the group")
        return None
    if known.webhook_secret is None:
        at.blame("group", f"is heard by webhooks, and accounts.{account} has no webhook_secret")
    return Commands(ChatId(chat), known.id, operators)


KINDS_OF_HOOKS = ("tickets", "subscriptions")
"""What can be told of; each has an address of its own below `/hooks/`."""


def hooks(table: Section) -> dict[str, Hook]:
    found: dict[str, Hook] = {}
    for name in table.tables():
        at = table.table(name)
        if not NAME.fullmatch(name) or len(name) > LONGEST_HOOK:
            table.blame(name, "is no name for a hook; it may be small letters, digits, - and _")
        found[name] = Hook(
            name=name,
            kind=at.need("kind", Choice(KINDS_OF_HOOKS), KINDS_OF_HOOKS[0]),
            mapping=at.take("mapping", NameOrFile(), "rotation"),
            secret=at.secret("secret", header_safe) or at.missing_secret("secret"),
            secret_old=at.secret("secret_old", header_safe),
            by=at.take("by", Choice(("signature", "address")), ""),
            prefix=at.take("prefix", Word("the beginning of a ticket's name, like ZD-"), ""),
            group=at.take("group", Word("the name of a group"), ""),
            groups=at.take("groups", Texts(), {}),
            people=at.take("people", Texts(), {}),
        )
        at.blame_unknown_keys()
    return found


LONGEST_HOOK = 40


def blame_shared_addresses(table: Section, settings: Settings) -> None:
    """An account of such a name would have its provider's webhooks at the same address."""
    for name in settings.accounts:
        if name in KINDS_OF_HOOKS:
            table.blame(name, f"shares the address /hooks/{name} with [hooks]; call it otherwise")


def leavers(at: Section) -> LeaverList | None:
    made = LeaverList(
        url=at.take("url", ServerUrl(), ""),
        token=at.secret("token", header_safe),
        every=at.take("every", Length(5 * MINUTE, DAY), HOUR),
        zone=at.take("zone", Zone(), "UTC"),
    )
    at.blame_unknown_keys()
    if not made.url and made.token is not None:
        at.blame("url", "is missing, and a token for it is there")
    return made if made.url else None


def calendars(table: Section) -> dict[str, Calendar]:
    found: dict[str, Calendar] = {}
    for name in table.tables():
        at = table.table(name)
        if not NAME.fullmatch(name) or len(name) > LONGEST_HOOK:
            table.blame(name, "is no name for a calendar; it may be small letters, digits, - and _")
        found[name] = made = Calendar(
            name=name,
            url=at.take("url", ServerUrl(), ""),
            address=at.secret("address", fetched_url),
            token=at.secret("token", header_safe),
            every=at.take("every", Length(5 * MINUTE, DAY), HOUR / 4),
            shifts=at.take("shifts", Names("shifts", "late"), ()),
        )
        at.blame_unknown_keys()
        if bool(made.url) == (made.address is not None):
            at.blame(
                "url", "is to be there, or address_file where it is a secret; just one of them"
            )
    return found
