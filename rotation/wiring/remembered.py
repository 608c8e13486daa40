"""A sandbox world as the ledger remembers the real one: who was seen where last, and as what.

Who is in a group without being in the ledger (customers, and whoever hides behind an id) is made
up, one for each that was counted, so that every list is as long as the last one was.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from itertools import count, islice
from statistics import median
from typing import TypeAlias

from rotation.core.facts import GroupState, Identity, Kind, Role, Seen
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, Group, GroupId, PersonId, Roster
from rotation.engine.lists import laid_over
from rotation.ledger import Books
from rotation.wiring.rehearsal import INSTANCE, TOKEN

_Json: TypeAlias = dict[str, object]
A_CALL = 0.3
"""Seconds that a call is taken to last where none was ever made."""
_LOOKED_AT = 50
"""So many of the newest calls say how long one lasts."""
NO_COUNTRY = "+999"
"""What no number begins with that anybody has."""
_NOT_OURS = "not accepted"
_LID = "@lid"
_PASSES_BY = frozenset({None, Hold.THROTTLED})


def remembered(books: Books, roster: Roster, account: AccountId, at: datetime) -> _Json:
    """Plain data for a rehearsal of `account`, with the groups of the roster and of its list."""
    memory = _Memory(books, account)
    groups = laid_over(roster, books.found.groups()).groups_of(account)
    made = [memory.group(group, at) for group in groups if not memory.is_gone(group.id)]
    return {
        "starts": at.isoformat(),
        "accounts": [memory.login()],
        "people": memory.people(),
        "groups": made,
        "settings": {"latency": memory.latency()},
    }


class _Memory:
    """What is known of an account and its groups; numbers are made up for those who have none."""

    def __init__(self, books: Books, account: AccountId) -> None:
        self._books = books
        self._state = books.accounts.state(account)
        self._known: Mapping[PersonId, Identity] = books.people.all()
        self._states: Mapping[GroupId, GroupState] = {s.group: s for s in books.groups.all()}
        self._subjects = {found.group: found.subject for found in books.found.all()}
        self._free = (f"{NO_COUNTRY}{i:08}" for i in count(1))
        self._nameless: list[str] = []
        self._hidden: list[str] = []
        self._shown: set[PersonId] = set()
        """Who is in a group that knows its members by their ids."""

    def is_gone(self, group: GroupId) -> bool:
        """Whether our account was in the group no more when it was asked for last."""
        state = self._states.get(group)
        return state is not None and state.hold is Hold.GROUP_GONE

    @cached_property
    def own(self) -> str:
        return next(
            (one for one in sorted(self._state.own) if one.startswith("+")), next(self._free)
        )

    def login(self) -> _Json:
        """Our account; what stopped it goes on stopping it, but for a wait that passes."""
        why, session = self._state.paused_why, self._state.session
        lid = next((_bare(one) for one in sorted(self._state.own) if one.endswith(_LID)), None)
        is_down = why is Hold.SESSION and session != "WORKING"
        return {
            "instance_id": INSTANCE,
            "token": TOKEN if why in _PASSES_BY | {Hold.SESSION} else _NOT_OURS,
            "phone": self.own,
            "lid": lid,
            "status": (session or "STOPPED") if is_down else "WORKING",
        }

    @cached_property
    def _phones(self) -> Mapping[PersonId, str]:
        """A number for everybody, made up for those of whom only an id is known."""
        return {p: str(known.phone or next(self._free)) for p, known in self._known.items()}

    def people(self) -> list[_Json]:
        """Everybody known, and those who were made up for the groups so far."""
        known: list[_Json] = [
            {
                "phone": (phone := self._phones[person]),
                "lid": self._lid(person, one, phone),
                "lid_known": one.phone is not None,
            }
            for person, one in self._known.items()
            if self._phones[person] != self.own
        ]
        nameless = [(phone, True) for phone in self._nameless]
        hidden = [(phone, False) for phone in self._hidden]
        made_up = [
            {"phone": phone, "lid": phone.strip("+"), "lid_known": is_known}
            for phone, is_known in (*nameless, *hidden)
        ]
        return [*known, *made_up]

    def _lid(self, person: PersonId, known: Identity, phone: str) -> str | None:
        made_up = phone.strip("+") if person in self._shown else None
        return min(map(_bare, known.lids), default=made_up)

    def group(self, group: Group, at: datetime) -> _Json:
        state = self._states.get(group.id) or GroupState(group.id, group.account, at)
        seats = self._books.seats.of(group.id).values()
        inside = {s.person: s.role for s in seats if s.seen is Seen.IN and s.person in self._known}
        of = {r: [self._phones[p] for p, role in inside.items() if role is r] for r in Role}
        hidden = self._some(self._hidden, state.unresolved)
        missing = (state.size or 0) - 1 - len(inside) - len(hidden)
        others = self._some(self._nameless, max(missing, not of[Role.CREATOR]))
        by_lid = bool(hidden) or any(self._known[person].phone is None for person in inside)
        if by_lid:
            self._shown |= inside.keys()
        return {
            "chat": group.chat,
            "subject": self._subjects.get(group.id, group.id),
            "creator": [*of[Role.CREATOR], *others][0],
            "admins": [*of[Role.ADMIN], *self._ours(state)],
            "members": [*(self._phones[p] for p in inside), *hidden, *others, self.own],
            "by_lid": by_lid,
        }

    def _ours(self, state: GroupState) -> list[str]:
        """Our own number where we are an admin, as we are taken to be in what was never read."""
        return [] if state.we_are_admin is False else [self.own]

    def _some(self, made: list[str], so_many: int) -> list[str]:
        """The first so many of those that were made up, the same in every group."""
        made.extend(islice(self._free, max(so_many - len(made), 0)))
        return made[:so_many]

    def latency(self) -> float:
        """How long a call lasted lately, in seconds."""
        calls = self._books.attempts.calls(self._state.account, [*Kind], _LOOKED_AT)
        return median([call.took for call in calls if call.took is not None] or [A_CALL])


def _bare(lid: str) -> str:
    """As the sandbox writes it."""
    return lid.removesuffix(_LID)
