"""By what right this process works on an account: alone, or for a term that can run out.

A term is trusted until a boot second that others wait for before they take over. So no call leaves
that could end later, and nothing is written once the ledger says that the term is somebody else's.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from rotation.core.outcome import InDoubt, Outcome, Unread
from rotation.core.roster import AccountId, ChatId, Phone
from rotation.ledger import Books, Ledger
from rotation.providers import Address, Chat, GroupInfo, Members, Own, Page, Session, Webhook

_Answer = TypeVar("_Answer")

TOO_SHORT = "nothing was sent: the lease could have run out before the answer came"


@dataclass(frozen=True, slots=True)
class Tenure:
    """One term of one account. `since` is the boot second at which it began.

    `until` is the boot second before which every call has to be over; None: for as long as we live.
    `shaken`: the server's history changed under the last term, so what was done at its end may be
    missing from the ledger, and nothing is done before `quiet_until`.
    """

    account: AccountId
    term: int
    since: float
    until: float | None = None
    timeline: str = ""
    shaken: bool = False
    quiet_until: float = float("-inf")


class Writable(Protocol):
    """A ledger for whoever only writes to it."""

    def writing(self) -> AbstractContextManager[Books]: ...


class Tenures(Protocol):
    """What an engine asks about its accounts, and about who else counts the time.

    `clock_offset` is by how much the ledger's server is ahead of our clock; None: there is none.
    """

    @property
    def clock_offset(self) -> timedelta | None: ...

    def of(self, account: AccountId) -> Tenure | None:
        """Our term of an account now; None where it is not ours."""
        ...

    def fence(self, books: Books, tenure: Tenure) -> None:
        """Raises LeaseLost unless the ledger says so too."""
        ...

    def at_work(self, account: AccountId) -> AbstractContextManager[Tenure | None]:
        """Our term, if we are to work on the account now; it is not given up inside the `with`."""
        ...


class Alone:
    """Everything is ours: no other process can have the ledger."""

    clock_offset: timedelta | None = None

    def __init__(self, started: float) -> None:
        self._started = started

    def of(self, account: AccountId) -> Tenure | None:
        return Tenure(account, 0, self._started)

    def fence(self, books: Books, tenure: Tenure) -> None:
        """There is nobody to be fenced off."""

    def at_work(self, account: AccountId) -> AbstractContextManager[Tenure | None]:
        return nullcontext(self.of(account))


def trusted_until(tenures: Tenures, tenure: Tenure) -> float | None:
    """Until which boot second this very term is ours by now; it grows while it is renewed."""
    now = tenures.of(tenure.account)
    if now is None or now.term != tenure.term:
        return float("-inf")
    return now.until


@dataclass(frozen=True, slots=True)
class Fenced:
    """The ledger for one account in one term: nothing is written once the term is not ours.

    What is written so is nobody else's business, unless it is to be `heard`.
    """

    ledger: Ledger
    tenures: Tenures
    tenure: Tenure
    heard: bool = False

    def reading(self) -> AbstractContextManager[Books]:
        return self.ledger.reading()

    @contextmanager
    def writing(self) -> Iterator[Books]:
        with self.ledger.writing() as books:
            self.tenures.fence(books, self.tenure)
            books.heard(by_others=self.heard)
            yield books


class Trusted:
    """A chat to which no call is made that could outlive the lease, whatever happened before."""

    def __init__(self, chat: Chat, fits: Callable[[], bool]) -> None:
        self._chat = chat
        self._fits = fits

    def add(self, chat: ChatId, who: Address) -> Outcome:
        return self._made(lambda: self._chat.add(chat, who))

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        return self._made(lambda: self._chat.remove(chat, who))

    def say(self, to: ChatId | Phone, text: str) -> Outcome:
        return self._made(lambda: self._chat.say(to, text))

    def members(self, chat: ChatId) -> Members | Unread:
        return self._made(lambda: self._chat.members(chat))

    def group(self, chat: ChatId) -> GroupInfo | Unread:
        return self._made(lambda: self._chat.group(chat))

    def groups(self, page: Page | None = None) -> tuple[GroupInfo, ...] | Unread:
        return self._made(lambda: self._chat.groups(page))

    def session(self) -> Session | Unread:
        return self._made(self._chat.session)

    def own(self) -> Own | Unread:
        return self._made(self._chat.own)

    def invite_link(self, chat: ChatId) -> str | Unread:
        return self._made(lambda: self._chat.invite_link(chat))

    def revoke_invite(self, chat: ChatId) -> Outcome:
        return self._made(lambda: self._chat.revoke_invite(chat))

    def lid_of(self, phone: Phone) -> str | Unread | None:
        return self._made(lambda: self._chat.lid_of(phone))

    def exists(self, phone: Phone) -> bool | Unread:
        return self._made(lambda: self._chat.exists(phone))

    def webhooks(self) -> tuple[Webhook, ...] | Unread:
        return self._made(self._chat.webhooks)

    @property
    def clock_offset(self) -> timedelta | None:
        return self._chat.clock_offset

    def close(self) -> None:
        self._chat.close()

    def _made(self, call: Callable[[], _Answer]) -> _Answer | InDoubt:
        return call() if self._fits() else InDoubt(TOO_SHORT)
