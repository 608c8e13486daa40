"""Where the provider sends an account's events: looked at, and ours put among them or taken away.

The provider's list is written whole, so what else stands in it is kept as it was found, and what
is not understood is not written over. An address may be a secret, and is shown without it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from rotation.core.outcome import Accepted, Refusal, Refused, Throttled, Unread
from rotation.providers import Webhook
from rotation.providers.wawp import EVENTS, SHORTEST_SECRET, Hooks, Wawp, path_key, shown_address
from rotation.settings import Account, SettingsErrors


class Unregistered(Exception):  # noqa: N818 - what is so, not what went wrong
    """Why the list is not as it was asked for, and what to do about it."""

    def __init__(self, why: str, what_to_do: str = "") -> None:
        super().__init__(why)
        self.what_to_do = what_to_do


@dataclass(frozen=True, slots=True)
class Registered:
    """One address as it may be shown. `whose` is ours, another rotation's, or somebody else's."""

    address: str
    whose: str
    events: tuple[str, ...]
    active: bool


OURS, RIVALS, OTHERS = "ours", "another rotation", "other"


def registered(chat: Wawp) -> tuple[Webhook, ...]:
    """Every address that the account's events go to. Raises Unregistered."""
    found = chat.webhooks()
    if isinstance(found, tuple):
        return found
    raise _unread(found)


def shown(hooks: Iterable[Webhook], ear: Hooks) -> tuple[Registered, ...]:
    return tuple(
        Registered(shown_address(h.url), _whose(h, ear), h.events, h.active) for h in hooks
    )


def _whose(hook: Webhook, ear: Hooks) -> str:
    if ear.is_ours(hook.url):
        return OURS
    return RIVALS if ear.rival(hook.url) else OTHERS


def our_hook(account: Account, url: str) -> Webhook:
    """Ours, at the base address `url` under which the daemon is reached. Raises Unregistered."""
    secret = account.webhook_secret
    how = f"openssl rand -hex 32 > secrets/{account.id}.webhook, and name it in webhook_secret_file"
    if secret is None:
        raise Unregistered(f"accounts.{account.id} has no webhook_secret", f"Make one: {how}")
    try:
        text = secret.reveal()
    except SettingsErrors as errors:
        raise Unregistered(str(errors)) from None
    if len(text) < SHORTEST_SECRET:
        why = f"the webhook_secret of {account.id} is short enough to be guessed"
        raise Unregistered(why, f"Make another: {how}")
    base = _base(url)
    return Webhook(f"{base}/hooks/{account.id}/{path_key(text, account.id)}", EVENTS)


def _base(url: str) -> str:
    """Raises Unregistered unless webhooks may be sent there."""
    parts = urlsplit(url)
    plain = parts.scheme == "http" and _is_this_machine(parts.hostname or "")
    if not (parts.scheme == "https" or plain) or not parts.hostname:
        raise Unregistered("the address has to begin with https://", "Put a proxy with TLS first")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise Unregistered("the address may have a host, a port and a path, and nothing else")
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def without_ours(hooks: Iterable[Webhook], ear: Hooks) -> tuple[Webhook, ...]:
    return tuple(hook for hook in hooks if not ear.is_ours(hook.url))


def write(chat: Wawp, wanted: Sequence[Webhook], may: Callable[[int], bool]) -> None:
    """Make the provider's list what is wanted, and read it back. Raises Unregistered.

    `may` says whether so many calls fit.
    """
    if not may(2):
        raise Unregistered("this minute's calls are used up, so nothing was done", "Try again")
    said = chat.set_webhooks(wanted)
    if isinstance(said, Refused):
        raise _unread(said)
    found = registered(chat)
    if sorted(map(_told, found)) != sorted(map(_told, wanted)):
        why = "the list that was read back is not the one that was sent"
        raise Unregistered(why if isinstance(said, Accepted) else f"{why}: {_words(said)}",
                           "Look at `rotation webhooks`, and try again")  # fmt: skip


def _told(hook: Webhook) -> tuple[str, tuple[str, ...], bool]:
    return hook.url, hook.events, hook.active


def _unread(found: Unread) -> Unregistered:
    match found:
        case Refused(Refusal.PLAN):
            return Unregistered(
                "the account's plan has no webhooks (subscription_required)",
                "Webhooks need a paid plan; without them rotation finds all by its sweep",
            )
        case Refused(Refusal.CREDENTIALS):
            return Unregistered("the provider refuses the token", "Look at `rotation doctor`")
        case _:
            return Unregistered(f"the provider gave no usable answer: {_words(found)}", "Try again")


def _words(found: Accepted | Unread) -> str:
    if isinstance(found, Throttled):
        return "it asks for fewer calls"
    return getattr(found, "detail", "") or type(found).__name__
