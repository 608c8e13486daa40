"""A chat that answers at once and remembers who is in: what a step costs without a network."""

from datetime import timedelta

from rotation.core.facts import Role
from rotation.core.outcome import Accepted, Outcome
from rotation.core.roster import ChatId, Phone
from rotation.providers import (
    Address,
    GroupInfo,
    Member,
    Members,
    Own,
    Page,
    Session,
    SessionStatus,
    Webhook,
)

OURS = Phone("+15550100999")


class InstantChat:
    """Every call is accepted and has its effect."""

    clock_offset: timedelta | None = timedelta(0)

    def __init__(self, inside: dict[ChatId, list[Phone]]) -> None:
        self._inside = {chat: dict.fromkeys(who) for chat, who in inside.items()}
        self.changes = 0

    def _changed(self) -> Outcome:
        self.changes += 1
        return Accepted()

    def add(self, chat: ChatId, who: Address) -> Outcome:
        if who.phone is not None:
            self._inside[chat][who.phone] = None
        return self._changed()

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        if who.phone is not None:
            self._inside[chat].pop(who.phone, None)
        return self._changed()

    def say(self, to: ChatId | Phone, text: str) -> Outcome:  # noqa: ARG002 - a chat's protocol
        return Accepted()

    def members(self, chat: ChatId) -> Members:
        people = (Member(phone, None, Role.MEMBER) for phone in self._inside[chat])
        return Members((Member(OURS, None, Role.ADMIN), *people), named=True)

    def group(self, chat: ChatId) -> GroupInfo:
        return GroupInfo(chat, "", len(self._inside[chat]) + 1)

    def groups(self, page: Page | None = None) -> tuple[GroupInfo, ...]:
        chats = list(self._inside)
        mine = chats if page is None else chats[page.after :][: page.size]
        return tuple(self.group(chat) for chat in mine)

    def session(self) -> Session:
        return Session(SessionStatus.WORKING, OURS)

    def own(self) -> Own:
        return Own(OURS, None)

    def invite_link(self, chat: ChatId) -> str:
        return f"https://chat.example/{chat}"

    def revoke_invite(self, chat: ChatId) -> Outcome:  # noqa: ARG002 - a chat's protocol
        return Accepted()

    def lid_of(self, phone: Phone) -> str | None:  # noqa: ARG002 - a chat's protocol
        return None

    def webhooks(self) -> tuple[Webhook, ...]:
        return ()

    def exists(self, phone: Phone) -> bool:  # noqa: ARG002 - a chat's protocol
        return True

    def close(self) -> None:
        """Nothing is held."""
