"""The oracle over what is said, S13: a notice once and in time, and no removal before it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rotation.core.facts import Attempt, Kind
from rotation.core.reason import SPOKEN, Reason
from rotation.core.roster import BriefTo, Group, NoticeTo, PersonId, Policy
from rotation.core.timeline import instant, local_date
from rotation.ledger import Books
from rotation.sandbox.calendar import Calendar, Span
from rotation.wiring.oracles.scene import Room, Scene

WAITED = timedelta(seconds=59)
"""A removal waits a minute for its notice; a second less, for clocks that round."""
NEWS = timedelta(minutes=15)
"""A notice of an exit that was due longer ago is none."""
_A_MINUTE = timedelta(minutes=1)
_WAITING = frozenset({Reason.SILENT, Reason.STRANGER, Reason.SUBSCRIPTION})


@dataclass(slots=True)
class Words:
    """Judges what is said, and removals by what should have been said before."""

    scene: Scene
    _noticed: set[tuple[str, str, str]] = field(default_factory=set)
    _of_changes: dict[tuple[str, datetime], set[Kind]] = field(default_factory=dict)
    """By what the group was told of a change of who is on duty."""

    def concluded(self, books: Books, room: Room, attempt: Attempt) -> bool:
        """Whether the notice was said, or refused, or waited for, or none is owed."""
        why, group = attempt.because, room.right.group
        texts = group.policy.goodbye.texts if group.policy.goodbye is not None else {}
        is_told = any(key[0] in {"", str(why.reason)} for key in texts)
        if not is_told or why.reason not in SPOKEN or attempt.person is None:
            return True
        seat = books.seats.of(group.id).get(attempt.person)
        opened, due = seat.op_since if seat is not None else None, why.ends
        if due is None and why.reason is Reason.ROSTER_REMOVED:
            due = None if _is_former(books, attempt.person) else opened
        if due is None or attempt.sent_at - due > NEWS - _A_MINUTE:
            return True
        if why.reason in _WAITING and (_is_quiet(group, due) or attempt.sent_at < due):
            return False  # they could have waited, and did not
        if _is_quiet(group, attempt.sent_at):
            return True
        if (Kind.NOTICE, attempt.person, why.key) in books.notices.concluded(group.id):
            return True
        return opened is not None and attempt.sent_at - opened >= WAITED

    def brief(self, attempt: Attempt, chat: str, at: datetime) -> None:
        """One for a change of who is on duty, to the group or to each who came.

        None beside a goodbye to the group for the same, and none for a change long past.
        """
        room, came_at = self.scene.room_of(attempt.group), attempt.because.starts
        brief = room.right.group.policy.brief if room is not None else None
        if room is None or brief is None or came_at is None:
            self.scene.wrong("S13", at, chat, "", "a brief was said that nobody asked for")
            return
        person = "" if brief.to is BriefTo.GROUP else str(attempt.person)
        about = (str(attempt.group), person, attempt.because.key)
        for is_wrong, text in (
            (about in self._noticed, "a brief was said twice"),
            (attempt.sent_at - came_at > NEWS, "a brief came long after the change"),
            (_is_quiet(room.right.group, attempt.sent_at), "something was said in quiet hours"),
            (room.right.is_watched, "a brief was said in a group that is only watched"),
        ):
            if is_wrong:
                self.scene.wrong("S13", at, chat, self.scene.phone(attempt.person), text)
        self._noticed.add(about)
        if not person:
            self._to_group(came_at, Kind.BRIEF, chat, at)

    def _to_group(self, changed_at: datetime, kind: Kind, chat: str, at: datetime) -> None:
        """At most one message names both sides of a change."""
        said = self._of_changes.setdefault((chat, changed_at), set())
        said.add(kind)
        if len(said) > 1:
            self.scene.wrong("S13", at, chat, "", "a goodbye and a brief for one handover")

    def notice(self, attempt: Attempt, chat: str, at: datetime) -> None:
        """One for a person and an occurrence, and none for one long past."""
        why = attempt.because
        about = (str(attempt.group), str(attempt.person), why.key)
        phone = self.scene.phone(attempt.person)
        if about in self._noticed:
            self.scene.wrong("S13", at, chat, phone, "an exit notice was sent twice")
        self._noticed.add(about)
        room = self.scene.room_of(attempt.group)
        if room is not None and _is_quiet(room.right.group, attempt.sent_at):
            self.scene.wrong("S13", at, chat, phone, "something was said in quiet hours")
        policy = room.right.group.policy if room is not None else Policy()
        if why.ends is not None and why.reason is Reason.SHIFT_END and _is_to_group(policy):
            self._to_group(why.ends - policy.stay_late, Kind.NOTICE, chat, at)
            heard = (str(attempt.group), "the group", why.key)
            if heard in self._noticed:
                self.scene.wrong("S13", at, chat, phone, "a group was told of a handover twice")
            self._noticed.add(heard)
        if why.ends is not None and attempt.sent_at - why.ends > NEWS:
            self.scene.wrong("S13", at, chat, phone, "an exit notice came long after the shift")


def _is_to_group(policy: Policy) -> bool:
    return policy.goodbye is not None and policy.goodbye.to is NoticeTo.GROUP


def _is_quiet(group: Group, at: datetime) -> bool:
    """Whether it is quiet at `at`: laid out for the days around it, by the one resolver."""
    quiet = group.policy.goodbye.quiet if group.policy.goodbye is not None else None
    if quiet is None:
        return False
    here, later = local_date(at, quiet.zone), timedelta(days=quiet.hours.days_later)
    nights = Calendar(
        Span("", instant(day, quiet.hours.starts, quiet.zone),
             instant(day + later, quiet.hours.ends, quiet.zone))
        for day in (here + timedelta(days=n) for n in (-2, -1, 0, 1))
    )  # fmt: skip
    return bool(nights.at(at))


def _is_former(books: Books, person: PersonId) -> bool:
    """Whether it is a number that somebody had before: with it nobody goes."""
    known = books.people.all().get(person)
    return known is not None and known.former_of is not None
