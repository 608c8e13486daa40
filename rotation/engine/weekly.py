"""The weekly message: whom it is owed to, once each, and what it says by then.

Somebody is claimed in the transaction that chose them, before anything is sent, so that nobody
hears a week twice; what a crash or a refusal takes away is not sent again.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from rotation.core.facts import Because, Kind
from rotation.core.holds import MEANING
from rotation.core.outcome import Accepted, Outcome
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, Mode, PersonId, Roster
from rotation.core.weekly import (
    A_DAY,
    A_WEEK,
    MOST,
    Move,
    Past,
    Place,
    latest,
    own_week,
    summed_up,
    week,
)
from rotation.engine.calls import Left, Try, begin, carry_out, nothing_left
from rotation.engine.errands import Say
from rotation.engine.gather import RosterInForce, view
from rotation.engine.line import Line
from rotation.engine.review import IN_WORDS, Finding, Look, counted, review
from rotation.engine.rules import Event
from rotation.ledger import Books, Unreadable

SAID = "weekly"
"""For which instant, and to whom, the last message was said."""
STALE = timedelta(days=1)
"""A week that ended longer ago is not told any more: nobody ran then."""
_CAME = frozenset({"added", "seen_in", "late_add"})
_WENT = frozenset({"removed", "seen_out", "late_removal"})


def owed(books: Books, roster: Roster, at: datetime) -> Say | None:
    """The next person to hear of the week, who is claimed by this; None when nobody is left.

    The week in which a roster first asks for it was nobody's, so it is told from the next on.
    """
    if roster.weekly is None:
        return None
    due = latest(roster.weekly, at)
    said = books.meta.get(SAID)
    if said is None:
        _claim(books, due, everybody(roster))
        return None
    known = json.loads(said)
    if datetime.fromisoformat(known["at"]) > due:  # clocks were put back, or the roster's time was
        return None
    told = known["told"] if datetime.fromisoformat(known["at"]) == due else []
    if at - due > STALE:
        return None
    leavers = books.leavers.everywhere()
    for person in everybody(roster):
        if person not in told and person not in leavers:
            _claim(books, due, (*told, person))
            return Say(person, roster.people[person].phone, due)
    return None


def soon(roster: Roster, until: datetime, at: datetime) -> datetime:
    """When to look again: at `until`, or when a week ends before that."""
    if roster.weekly is None:
        return until
    return min(until, latest(roster.weekly, at + A_WEEK))


def everybody(roster: Roster) -> tuple[PersonId, ...]:
    """Who hears of the week: those in `tell`, then the agents who hear of their own."""
    agents = roster.weekly.agents if roster.weekly is not None else ()
    return tuple(dict.fromkeys((*roster.tell, *agents)))


def _claim(books: Books, due: datetime, told: tuple[PersonId, ...]) -> None:
    books.meta.put(SAID, json.dumps({"at": due.isoformat(), "told": list(told)}))


def say(books: Books, line: Line, in_force: RosterInForce | None, errand: Say) -> Left:
    """Say it once; how it went is told, and nothing more comes of it.

    It is put into words before it is sent and after it was written down: a week of much is much to
    read, and nobody has to wait for that.
    """
    because = Because(Reason.MANUAL, SAID, "rotation")
    what = Try(Kind.TELL, None, errand.person, because)
    begun = begin(books, line, what, line.clock())

    def send() -> Outcome:
        with line.ledger.reading() as found:
            text = "" if in_force is None else text_for(found, in_force, errand.person, errand.due)
        return line.chat.say(errand.phone, text)

    def settle(_after: Books, outcome: Outcome, at: datetime) -> Left:
        kind = "weekly" if isinstance(outcome, Accepted) else "weekly_untold"
        return nothing_left(Event(at, kind, line.account, None, errand.person))

    return partial(carry_out, line, begun, send, settle)


def text_for(books: Books, in_force: RosterInForce, person: PersonId, due: datetime) -> str:
    """What `person` hears of the week that ended at `due`."""
    _, roster, timeline = in_force
    zone = _zone(roster, person)
    parts = []
    if person in roster.tell:
        parts.append(manager_week(books, in_force, zone, due))
    if roster.weekly is not None and person in roster.weekly.agents:
        parts.append(own_week(timeline, person, zone, due))
    return "\n\n".join(parts)


def manager_week(books: Books, in_force: RosterInForce, zone: str, due: datetime) -> str:
    """The summary for those who are told of trouble, of the week that ends at `due`."""
    _, roster, timeline = in_force
    found = week(timeline, _pasts(books, roster, due), _overdue(books, roster, due), due)
    held = sum(MEANING[h.item.hold].alarm for h in books.holds.in_force())
    told = summed_up(found, list(_on_duty(books, in_force, due)), roster, zone, held)
    head = books.audit.head()
    ends = [] if head is None else [f"The trail ends at {head.seq}:{head.digest[:16]}"]
    return "\n".join([told, *to_review(books, in_force, due), *ends])


def to_review(books: Books, in_force: RosterInForce, at: datetime) -> Iterator[str]:
    """Of the groups in which silence is judged: how much deserves a look, and who is silent."""
    roster = in_force[1]
    asking = [g for g in sorted(roster.groups) if roster.groups[g].policy.silent is not None]
    found: list[Finding] = []
    for group in asking:
        with suppress(Unreadable):  # it is held for that
            found += review(books, view(books, in_force, group, at), at)
    total = counted(found)
    if told := ", ".join(f"{total[look]} {IN_WORDS[look]}" for look in IN_WORDS if total[look]):
        yield f"To review: {told}; see `rotation review`"
    silent = [one for one in found if one.look is Look.SILENT and one.person is not None]
    named = [f"{_name(roster, one.person)} in {one.group}" for one in silent[:MOST] if one.person]
    if named:
        more = f" and {len(silent) - MOST} more" if len(silent) > MOST else ""
        yield f"Silent: {', '.join(named)}{more}"


def _name(roster: Roster, person: PersonId) -> str:
    return roster.people[person].name if person in roster.people else person


def _zone(roster: Roster, person: PersonId) -> str:
    known = roster.people.get(person)
    if known is not None and known.zone is not None:
        return known.zone
    return roster.weekly.zone if roster.weekly is not None else "UTC"


def _pasts(books: Books, roster: Roster, due: datetime) -> Iterator[Past]:
    """The week of each group that rotation acts in, one after the other."""
    groups = sorted(g.id for g in roster.groups.values() if g.mode is not Mode.WATCH)
    records = books.audit.by_group(groups, _CAME | _WENT, due - A_WEEK - A_DAY, due)
    handovers = books.handovers.by_group(groups, due - A_WEEK, due)
    for (group, theirs), (_, rows) in zip(records, handovers, strict=True):
        moves = [Move(r.at, r.person, r.kind in _CAME) for r in theirs if r.person is not None]
        yield Past(group, rows, moves)


def _overdue(books: Books, roster: Roster, until: datetime) -> Iterator[Place]:
    for seat in books.seats.open(Kind.REMOVE):
        group = roster.groups.get(seat.group)
        watched = group is None or group.mode is Mode.WATCH
        if not watched and seat.op_since is not None and seat.op_since < until:
            yield Place(seat.group, seat.op_since, until, seat.person)


def _on_duty(books: Books, in_force: RosterInForce, at: datetime) -> Iterator[tuple[GroupId, str]]:
    """Who is on duty in each group, by the roster and by hand; in no more than are named anyhow."""
    roster = in_force[1]
    for group in sorted(roster.groups)[: MOST + 1]:
        on_duty = view(books, in_force, group, at).facts.wanted.on_duty
        names = sorted(roster.people[p].name if p in roster.people else p for p in on_duty)
        yield group, ", ".join(names) or "nobody"
