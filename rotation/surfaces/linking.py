"""First contact: an account's groups and who is in them, read once, for a roster to begin with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rotation.core.outcome import InDoubt, Unread
from rotation.core.roster import ChatId
from rotation.providers import Chat, GroupInfo, Member, Members, Own
from rotation.surfaces.calls import Calls


@dataclass(frozen=True, slots=True)
class Room:
    """A group as its account sees it; `members` is why not, where it could not be read."""

    chat: ChatId
    subject: str
    members: Members | Unread

    def others(self, own: Own) -> tuple[Member, ...]:
        """Everybody in it but ourselves."""
        people = self.members.people if isinstance(self.members, Members) else ()
        return tuple(one for one in people if not _is(own, one))

    def ourselves(self, own: Own) -> Member | None:
        people = self.members.people if isinstance(self.members, Members) else ()
        return next((one for one in people if _is(own, one)), None)


def _is(own: Own, member: Member) -> bool:
    by_phone = member.phone is not None and member.phone == own.phone
    return by_phone or (member.lid is not None and member.lid == own.lid)


@dataclass(frozen=True, slots=True)
class Asking:
    """An account that is asked. `pause` lets time pass until its calls fit again."""

    chat: Chat
    calls: Calls
    pause: Callable[[], None]

    def own(self) -> Own | Unread:
        self._await_a_call()
        return self.chat.own()

    def groups(self) -> tuple[GroupInfo, ...] | Unread:
        self._await_a_call()
        return self.chat.groups()

    def rooms(self, groups: Sequence[GroupInfo], progress: Callable[[str], None]) -> Iterator[Room]:
        """Each of `groups` with whoever is in it, at the pace that the account has."""
        for number, info in enumerate(groups, start=1):
            progress(f"reading group {number} of {len(groups)}: {info.subject}")
            yield Room(info.chat, info.subject, self._members(info.chat))

    def _members(self, chat: ChatId) -> Members | Unread:
        while True:
            self._await_a_call()
            found = self.chat.members(chat)
            if not (isinstance(found, InDoubt) and found.again):
                return found

    def _await_a_call(self) -> None:
        while not self.calls.fit():
            self.pause()
