"""Facts as sentences for people: instants, occurrences, reasons and steps. Names, never numbers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rotation.core.brief import KEY
from rotation.core.claims import CHANGED
from rotation.core.decide import CLOSED, QUIET, Step
from rotation.core.facts import Because, Grant, Kind
from rotation.core.fallback import FALLBACK
from rotation.core.holds import MEANING, Hold
from rotation.core.reason import Reason
from rotation.core.roster import Group, Hours, PersonId, Roster, ShiftId
from rotation.core.served import Served
from rotation.core.timeline import MOMENT, Timeline, local
from rotation.engine import GroupView
from rotation.surfaces.masking import bracketed, masked, on_one_line

_WEEK = timedelta(days=6)


def moment_said(at: datetime, zone: str, now: datetime) -> str:
    """`at` on the clocks of `zone` and in UTC: `14:00 Lisbon (13:00 UTC)`.

    The weekday is added on another day than `now`'s, and the date where it is not near.
    """
    there, here = local(at, zone).split(), local(at, "UTC").split()
    today = local(now, zone).split()[1]
    far = not -_WEEK < at - now < _WEEK
    day = f"{there[0]} {there[1]} " if far else "" if there[1] == today else f"{there[0]} "
    if zone == "UTC":
        return f"{day}{there[2]} UTC"
    utc_day = "" if here[1] == there[1] else f"{here[0]} "
    return f"{day}{there[2]} {city(zone)} ({utc_day}{here[2]} UTC)"


def city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")


def stretch_said(starts: datetime, ends: datetime, zone: str) -> str:
    """`Mon 2026-01-05 08:00 to 16:00 Lisbon`, with the other day where it ends on one."""
    first, last = local(starts, zone).split(), local(ends, zone).split()
    end = last[2] if first[1] == last[1] else f"{last[0]} {last[2]}"
    return f"{first[0]} {first[1]} {first[2]} to {end} {city(zone)}"


def length_said(length: timedelta) -> str:
    """About how long, in its largest unit: `40 s`, `5 min`, `3 h`, `2 days`."""
    seconds = max(0, round(length.total_seconds()))
    for unit, name, most in ((1, "s", 120), (60, "min", 120), (3600, "h", 48)):
        if seconds < most * unit:
            return f"{round(seconds / unit)} {name}"
    return f"{round(seconds / 86400)} days"


def listed(names: Iterable[str], otherwise: str = "nobody") -> str:
    """`Ana`, `Ana and Ben`, `Ana, Ben and Chen`."""
    *first, last = list(names) or [otherwise]
    return f"{', '.join(first)} and {last}" if first else last


def awaited_said(detail: str, name: Callable[[PersonId], str]) -> str:
    """What a hold for cover waits for, with names where the core speaks of ids."""
    waiting, _, who = detail.partition("waiting for ")
    if waiting or not who or who == "cover":
        return detail
    return f"waiting for {listed(sorted(name(PersonId(person)) for person in who.split(', ')))}"


def zone_of(timeline: Timeline, group: Group, at: datetime) -> str:
    """Where a group's clocks are read: the zone of the shift on duty, else of its first shift."""
    spans = timeline.spans(group.id, at, at + MOMENT)
    if spans:
        return spans[0].zone
    return timeline.roster.shifts[group.shifts[0]].zone if group.shifts else "UTC"


def occurrence_said(key: str, roster: Roster) -> str:
    """An occurrence as people know it: `asia 2026-01-05 08:00-16:00 Singapore`."""
    name, _, rest = key.partition("/")
    if name == FALLBACK:
        return f"fallback, as nobody has a shift ({rest[:10]} {rest[11:13]}:{rest[13:15]}Z)"
    shift, day = roster.shifts.get(ShiftId(name)), rest.partition("/")[0]
    if shift is None or not rest.endswith("/0"):
        return key
    hours = Served.of(roster, shift.id).hours(date.fromisoformat(day).toordinal())
    return " ".join(filter(None, (name, day, _hours(hours), city(shift.zone))))


def _hours(hours: Hours | None) -> str:
    """Nothing for a date on which the shift is no longer served."""
    if hours is None:
        return ""
    later = f" {hours.days_later} days later" if hours.days_later > 1 else ""
    return f"{clock_said(hours.starts)}-{clock_said(hours.ends)}{later}"


def clock_said(minutes: int) -> str:
    """`08:00`, of minutes after midnight."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of one group at one instant, put into words. `zone`: whose clocks are read."""

    view: GroupView
    now: datetime
    zone: str

    def when(self, at: datetime) -> str:
        return moment_said(at, self.zone, self.now)

    def name(self, person: PersonId) -> str:
        """The name in the roster, else the one they were known by; a stranger's is masked."""
        if (known := self.view.roster.people.get(person)) is not None:
            return known.name
        identity = self.view.identities.get(person)
        return masked((identity.name if identity is not None else "") or person)

    def names(self, people: Iterable[PersonId], otherwise: str = "nobody") -> str:
        return listed(sorted(map(self.name, people)), otherwise)

    def because(self, because: Because) -> str:
        """Why someone is wanted, or goes."""
        why = self._reason(because)
        if because.origin.startswith(_STANDS_IN):
            who = self.name(PersonId(because.origin.removeprefix(_STANDS_IN)))
            return f"{why} (stands in for {who}, who cannot be added)"
        if because.origin.startswith(CHANGED):
            by = bracketed(masked(on_one_line(because.origin.removeprefix(CHANGED))))
            return f"{why} ({by})"
        return why

    def _reason(self, because: Because) -> str:
        shift = occurrence_said(because.key, self.view.roster)
        match because.reason:
            case Reason.SHIFT if because.key.startswith(KEY) and because.starts is not None:
                told = f"they took over at {self.when(because.starts)}"
            case Reason.SHIFT:
                told = shift
            case Reason.SHIFT_END:
                told = f"{shift} is over"
            case Reason.MANUAL:
                told = f"{_who(because)} ended {shift}"
            case Reason.GRANT:
                told = self._grant(because)
            case Reason.OVERRIDE_END | Reason.SUBSCRIPTION | Reason.TICKET:
                told = f"{self._grant(because)} is over"
            case _:
                told = _PLAIN[because.reason]
        return told

    def _grant(self, because: Because) -> str:
        grant = self.grant(because.key)
        why = f": {masked(on_one_line(grant.reason))}" if grant is not None and grant.reason else ""
        origin = _who(because)
        what = "the" if origin.startswith(_NAMED) else "the grant by"
        return f"{what} {origin}{why}"

    def grant(self, key: str) -> Grant | None:
        return next((g for g in self.view.grants if f"grant/{g.id}" == key), None)

    def deed(self, step: Step) -> str:
        """What a step does, without when and why: `add Ben to acme-vip`."""
        who, group = self.names(step.people), self.view.group.id
        return _DEEDS[step.kind].format(who=who, group=group)

    def step(self, step: Step, *, after_goodbye: bool = False) -> str:
        """A step as `rotation plan` says it: what, when, why, and if held what to do.

        `after_goodbye`: it waits for its notice, at the longest until it is due.
        """
        why = self.because(step.because)
        if step.hold is Hold.MODE:
            return f"would {self.deed(step)}, because {why}; only watched"
        if step.hold is not None:
            cause, to_do = self.held(step), MEANING[step.hold].what_to_do
            return f"{self.deed(step)}, held: {step.hold} - {cause}; because {why}; do: {to_do}"
        when = "once the goodbye is said" if after_goodbye else self._soon(step.due)
        if step.detail == QUIET:
            ends = step.due > self.now
            when += ", when quiet hours end" if ends else ", without a goodbye in quiet hours"
        elif step.detail == CLOSED:
            when += ", when closed hours end"
        return f"{self.deed(step)} {when}, because {why}"

    def _soon(self, due: datetime) -> str:
        if due <= self.now:
            return "now"
        near = due - self.now < timedelta(minutes=2)
        return f"in {length_said(due - self.now)}" if near else f"at {self.when(due)}"

    def held(self, step: Step) -> str:
        """Why a step is held, with names where the core speaks of ids."""
        if step.hold is None:
            return ""
        if step.hold is Hold.COVER:
            return awaited_said(step.detail, self.name)
        return masked(step.detail) or MEANING[step.hold].cause


_DEEDS = {
    Kind.ADD: "add {who} to {group}",
    Kind.REMOVE: "remove {who} from {group}",
    Kind.NOTICE: "say goodbye for {who} in {group}",
    Kind.BRIEF: "brief {who} in {group}",
    Kind.INVITE: "send {who} an invite link to {group}",
    Kind.TELL: "tell {who}",
    Kind.RESET: "reset the invite link of {group}, which {who} knows",
}


def _who(because: Because) -> str:
    return on_one_line(because.origin).removesuffix(" by hand")


_STANDS_IN = "stands in for "
_NAMED = ("ticket ", "subscription ")
_PLAIN = {
    Reason.PIN: "they are pinned here",
    Reason.LEAVER: "they are a leaver",
    Reason.MOVED: "they left the group's team",
    Reason.ROSTER_REMOVED: "the roster names them here no more",
    Reason.ENFORCEMENT: "they are not due here",
    Reason.CLOSED: "the group is closed",
    Reason.SILENT: "they were silent for as long as the roster says",
    Reason.STRANGER: "no roster names them, and strangers leave a strict group",
}


def words_for(view: GroupView, now: datetime) -> Words:
    return Words(view, now, zone_of(view.timeline, view.group, now))
