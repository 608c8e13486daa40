"""The groups of one account: read, with our admin right in each, and with our people known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rotation.core.facts import Identity, Role
from rotation.core.holds import MEANING, Hold
from rotation.core.outcome import InDoubt, Refused, Scope, Throttled
from rotation.core.roster import Group, Mode, PersonId, Phone, Roster
from rotation.providers import Member, Members, Own
from rotation.surfaces.doctor.account import USED_UP, Asked, advice, said
from rotation.surfaces.doctor.check import Check, Level, bad, ok, warn
from rotation.surfaces.masking import masked, on_one_line

_OPEN_IT = "open the group on the account's phone, so that the numbers become known"

_LISTED = 20
"""Groups in no roster that are named, so that their ids can be copied into one."""


@dataclass(slots=True)
class Rooms:
    """The groups of an account in a roster. `people` is what the ledger knows of their ids."""

    asked: Asked
    own: Own
    roster: Roster
    people: Mapping[PersonId, Identity]
    _lids: dict[PersonId, str | None] = field(default_factory=dict, init=False)

    def checks(self) -> Iterator[Check]:
        groups = self.roster.groups_of(self.asked.account.id)
        unread = []
        for group in groups:
            if not self.asked.may(f"reading {group.id}"):
                unread.append(group.id)
                continue
            yield from self._group(group)
        yield from self._in_no_roster(groups)
        if unread:
            how = "run doctor again in a minute, or with --account; `rotation status` shows them"
            found = f"{', '.join(unread)}: this minute's calls are used up"
            yield warn(self.asked.check("groups not looked at"), found, how)

    def _in_no_roster(self, groups: tuple[Group, ...]) -> Iterator[Check]:
        name = self.asked.check("groups")
        if not self.asked.may("which groups is it in?"):
            yield warn(name, "which it is in was not asked", USED_UP)
            return
        found = self.asked.chat.groups()
        if not isinstance(found, tuple):
            yield warn(name, said(found), advice(found))
            return
        known = {group.chat for group in groups}
        others = [info for info in found if info.chat not in known]
        listed = ", ".join(
            f"{info.chat} ({on_one_line(info.subject)})" for info in others[:_LISTED]
        )
        more = ", ..." if len(others) > _LISTED else ""
        tail = f", {len(others)} of them in no roster: {masked(listed)}{more}" if others else ""
        yield ok(name, f"the account is in {len(found)}{tail}")

    def _group(self, group: Group) -> Iterator[Check]:
        name = f"group {group.id}"
        found = self.asked.chat.members(group.chat)
        while isinstance(found, InDoubt) and found.again and self.asked.may(f"reading {group.id}"):
            found = self.asked.chat.members(group.chat)
        if not isinstance(found, Members):
            stops = isinstance(found, Refused) and found.why.scope is not Scope.PERSON
            level = Level.BAD if stops else Level.WARN
            wait = MEANING[Hold.THROTTLED].what_to_do
            how = wait if isinstance(found, Throttled) else advice(found)
            yield Check(name, level, said(found), how)
            return
        problems = [
            *self._our_place(name, group, found),
            *self._recognised(name, group, found),
            *self._said_of_which(name, found),
        ]
        yield from problems or [self._all_well(name, group, found)]

    def _our_place(self, name: str, group: Group, found: Members) -> Iterator[Check]:
        ours = [member for member in found.people if self._is_us(member)]
        if not ours:
            yield bad(
                name,
                f"our own account is not among its {len(found.people)} members",
                MEANING[Hold.GROUP_GONE].what_to_do,
            )
        elif all(member.role is Role.MEMBER for member in ours):
            level = Level.WARN if group.mode is Mode.WATCH else Level.BAD
            meaning = MEANING[Hold.NOT_ADMIN]
            yield Check(name, level, meaning.cause, meaning.what_to_do)

    def _is_us(self, member: Member) -> bool:
        phone_fits = member.phone is not None and member.phone == self.own.phone
        return phone_fits or (member.lid is not None and member.lid == self.own.lid)

    @staticmethod
    def _said_of_which(name: str, found: Members) -> Iterator[Check]:
        if not found.named:
            text = (
                "the server's list does not say of which group it is; another's would pass for it"
            )
            yield warn(name, text, "ask the provider's support for GET /v2/groups/{id}")

    def _recognised(self, name: str, group: Group, found: Members) -> Iterator[Check]:
        """Somebody without a number may be any of ours whose hidden id nobody knows."""
        listed = {member.phone for member in found.people if member.phone is not None}
        known = {lid for identity in self.people.values() for lid in identity.lids}
        hidden = [
            member
            for member in found.people
            if member.phone is None and member.lid not in known and not self._is_us(member)
        ]
        ours = sorted(self.roster.rostered(group.id) | set(group.always_in))
        unseen = [p for p in ours if self.roster.people[p].phone not in listed]
        lids = {person: self._lid(person) for person in unseen} if hidden else {}
        strangers = len([m for m in hidden if m.lid not in lids.values()])
        unknown = [person for person, lid in lids.items() if lid is None]
        if strangers and unknown:
            who = f"{', '.join(unknown)} can't be told in or out"
            text = f"{strangers} of {len(found.people)} members are listed without a number, so "
            yield warn(name, f"{text}{who}", _OPEN_IT)

    def _lid(self, person: PersonId) -> str | None:
        """The hidden id of somebody, from the ledger or asked for once."""
        known = self.people.get(person)
        if known is not None and known.lids:
            return min(known.lids)
        if person not in self._lids:
            self._lids[person] = self._asked_for(person, self.roster.people[person].phone)
        return self._lids[person]

    def _asked_for(self, person: PersonId, phone: Phone) -> str | None:
        if not self.asked.may(f"the hidden id of {person}"):
            return None
        found = self.asked.chat.lid_of(phone)
        return found if isinstance(found, str) else None

    def _all_well(self, name: str, group: Group, found: Members) -> Check:
        count = len(self.roster.rostered(group.id))
        watched = "; only watched" if group.mode is Mode.WATCH else ""
        text = f"{len(found.people)} members, our account is an admin, {count} people recognisable"
        return ok(name, f"{text}{watched}")
