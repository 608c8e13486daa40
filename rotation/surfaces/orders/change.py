"""Changes of duty: cover, time off, swaps and extra people; each says first whose duty moves."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NoReturn, TypedDict

from rotation.core.moves import Move, news
from rotation.core.reason import Reason
from rotation.core.roster import Change, Doing, GroupId, PersonId, WhileOff
from rotation.core.timeline import Span, local
from rotation.ledger import Rights
from rotation.surfaces import changing
from rotation.surfaces.change_said import groups_of, on_record
from rotation.surfaces.changing import is_over, now_or_next, occurrences, undone, without
from rotation.surfaces.counting import counted
from rotation.surfaces.instants import moment
from rotation.surfaces.naming import person_called, shift_called
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.orders.recording import nothing_called, undo_of, written_down
from rotation.surfaces.saying import city, listed, zone_of
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Refused, Wrong

CHANGE = re.compile(r"c[1-9]\d{0,17}", re.ASCII)
"""What a change of duty is called."""
_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOST_SHOWN, _MOST_NAMED = 20, 4
_FROM = "a date for whole shifts, or an instant; now if empty"
_UNTIL = "the last date, or an instant; if empty that date, or the end of their duty"


@dataclass(frozen=True, slots=True)
class Cover:
    person: str = asks("Who is covered", Kind.PERSON)
    by: str = asks("Who stands in", Kind.PERSON)
    begins: str = asks("From", Kind.TIME, "", hint=_FROM)
    until: str = asks("Until", Kind.TIME, "", hint=_UNTIL)
    shift: str = asks("Only this shift", Kind.SHIFT, "", hint="all that they have, if empty")


@dataclass(frozen=True, slots=True)
class Off:
    person: str = asks("Who is off", Kind.PERSON)
    begins: str = asks("From", Kind.TIME, "", hint=_FROM)
    until: str = asks("Until", Kind.TIME, "", hint=_UNTIL)
    turn: str = asks(
        "Whose their turn is", Kind.CHOICE, WhileOff.SKIP.value, choices=tuple(WhileOff),
        hint="the next in order's (skip), traded for a later one (swap), or nobody's (hold)",
    )  # fmt: skip
    shift: str = asks("Only this shift", Kind.SHIFT, "", hint="all that they have, if empty")


@dataclass(frozen=True, slots=True)
class Swap:
    person: str = asks("Who gives a shift away", Kind.PERSON)
    day: str = asks("The date it starts on", Kind.DAY)
    other: str = asks("Who takes it", Kind.PERSON)
    for_day: str = asks("The date theirs starts on", Kind.DAY)
    shift: str = asks("Which, if they have several that day", Kind.SHIFT, "")
    for_shift: str = asks("Which of the other's, likewise", Kind.SHIFT, "")


@dataclass(frozen=True, slots=True)
class Extra:
    person: str = asks("Who is on duty as well", Kind.PERSON)
    shift: str = asks("In which shift", Kind.SHIFT)
    begins: str = asks("From", Kind.TIME, hint="a date, or an instant")
    until: str = asks("Until", Kind.TIME, "", hint=_UNTIL)


class _Window(TypedDict, total=False):
    """Local dates, or instants."""

    first: date
    last: date
    starts: datetime
    ends: datetime


# -- each of them ---------------------------------------------------------------------------


def _cover(_counter: Counter, sight: Sight, wish: Cover) -> Weighed:
    of, other = person_called(sight.roster, wish.person), person_called(sight.roster, wish.by)
    name = sight.namer()
    asked = _laid(sight, Change(Doing.COVER, of, other), wish)
    return _weighed(sight, asked, f"{name(other)} stands in for {name(of)}")


def _off(_counter: Counter, sight: Sight, wish: Off) -> Weighed:
    of = person_called(sight.roster, wish.person)
    if wish.turn not in tuple(WhileOff):
        raise Wrong("`turn` is none of skip, swap and hold", "Say whose their turn is")
    asked = _laid(sight, Change(Doing.OFF, of, turn=WhileOff(wish.turn)), wish)
    return _weighed(sight, asked, f"{sight.namer()(of)} is off")


def _swap(_counter: Counter, sight: Sight, wish: Swap) -> Weighed:
    one, two = person_called(sight.roster, wish.person), person_called(sight.roster, wish.other)
    mine = _occurrence(sight, one, wish.day, wish.shift)
    theirs = _occurrence(sight, two, wish.for_day, wish.for_shift)
    asked = Change(Doing.SWAP, one, two, occurrence=mine.key, for_occurrence=theirs.key)
    name = sight.namer()
    return _weighed(sight, asked, f"{name(one)} and {name(two)} exchange two shifts")


def _extra(_counter: Counter, sight: Sight, wish: Extra) -> Weighed:
    of = person_called(sight.roster, wish.person)
    asked = _laid(sight, Change(Doing.EXTRA, of), wish)
    return _weighed(sight, asked, f"{sight.namer()(of)} is on duty as well")


def _laid(sight: Sight, asked: Change, wish: Cover | Off | Extra) -> Change:
    """In its shift and its time."""
    only = shift_called(sight.roster, wish.shift) if wish.shift else None
    asked = replace(asked, shift=only)
    return replace(asked, **_window(sight, asked, wish.begins, wish.until))


# -- weighing, and writing down -------------------------------------------------------------


def _weighed(sight: Sight, asked: Change, deed: str) -> Weighed:
    found = changing.weigh(sight.roster, sight.books.leavers.everywhere(), asked, sight.now)
    since_now = asked.starts == sight.now
    return Weighed(
        said=(_summary(sight, deed, found), *_remarks(sight, found)),
        write=lambda by: _written(sight, found, by),
        rows=tuple(rows_of(sight, found.moves)),
        problems=tuple(Problem(why) for why in found.problems),
        groups=tuple(found.moves),
        people=(asked.person,) if asked.other is None else (asked.person, asked.other),
        already=None if found.already is None else _made(found, found.already, new=False),
        agreed=(sight.digest, replace(asked, starts=None) if since_now else asked),
        data=moves_as_data(found),
    )


def _written(sight: Sight, found: changing.Weighed, by: By) -> Made:
    author, reason = by.told
    books, asked = sight.books, replace(found.change, reason=reason, author=author)
    made = books.changes.make(asked, sight.now)
    _record(sight, "changed", made, by)
    _tell(sight, found, f"{made.kind} by {author}: {reason}")
    books.groups.wake(sight.now, tuple(found.moves))
    return _made(found, made, new=True)


def _made(found: changing.Weighed, made: Change, *, new: bool) -> Made:
    return Made(
        made.name,
        (written_down(made.name, "" if new else made.author),),
        new=new,
        undo=undo_of(made.name),
        groups=tuple(found.moves),
        people=tuple(one.person for one in found.people),
        data={"change": made.name, **moves_as_data(found)},
    )


def unchanging(sight: Sight, name: str) -> Weighed:
    """What it would do to undo the change of this name: duty is as the roster says again."""
    number = int(name[1:])
    change = next((c for c in sight.books.changes.all() if c.id == number), None)
    if change is None:
        nothing_called(name)
    found, ended = undone(sight.roster, change, sight.now), is_over(change, sight.now)
    groups = tuple(dict.fromkeys((*found.moves, *groups_of(sight.roster, change))))
    told = {"undone": name, **moves_as_data(found)}
    gone = Made(name, (f"{name} has ended already, so nothing is new.",), new=False, groups=groups,
                data=told)  # fmt: skip

    def write(by: By) -> Made:
        sight.books.changes.end(number, sight.now)
        _record(sight, "unchanged", change, by)
        author, reason = by.told
        _tell(sight, found, f"{change.kind} undone by {author}: {reason}")
        sight.books.groups.wake(sight.now, groups)
        return replace(gone, said=(f"{name} is ended.",), new=True)

    return Weighed(
        said=(
            _summary(sight, f"The {_CALLED.get(change.kind, change.kind)} {name} ends", found),
            *_remarks(sight, found),
        ),
        write=write,
        rows=tuple(rows_of(sight, found.moves)),
        groups=groups,
        people=(change.person,) if change.other is None else (change.person, change.other),
        already=gone if ended else None,
        agreed=(sight.digest, name),
        data=told,
    )


_CALLED = {Doing.OFF: "time off", Doing.EXTRA: "extra duty"}


def _tell(sight: Sight, found: changing.Weighed, what: str) -> None:
    """Whoever's duty moves is to hear of it."""
    for person, text in news(sight.roster.people, found.moves, what):
        sight.books.changes.to_tell(person, text, sight.now)


def _record(sight: Sight, kind: str, change: Change, by: By) -> None:
    author, why = by.told
    sight.books.audit.append(
        at=sight.now, kind=kind, group=None, person=change.person, reason=Reason.MANUAL,
        origin=f"{author} by hand", detail=on_record(change, why),
    )  # fmt: skip


# -- what it would do -----------------------------------------------------------------------


def _summary(sight: Sight, deed: str, found: changing.Weighed) -> str:
    if not found.moves:
        return f"{deed}. Nobody's duty moves."
    group, theirs = next(iter(found.moves.items()))
    first, groups = _stretch(sight, group, theirs[0]), list(found.moves)
    more = len(groups) - _MOST_NAMED
    where = listed([*groups[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])
    if len(theirs) > 1:
        return f"{deed}: {len(theirs)} stretches of duty in {where}, first {first}."
    return f"{deed} in {where}: {first}."


def _remarks(sight: Sight, found: changing.Weighed) -> Iterator[str]:
    if not found.moves:
        return
    if _asks_in_vain(found):
        yield "No turn can be traded, so the next in order stands in."
    if found.empty:
        group, move = found.empty[0]
        told = counted(len(found.empty), "stretch", "stretches")
        first = _stretch(sight, group, move)
        yield f"Nobody comes instead in {told}, first in {group}: {first}."


def _asks_in_vain(found: changing.Weighed) -> bool:
    """Whether a trade was asked for and there is none: it has begun, or nobody can have it."""
    change, all_ = found.change, found.moves.values()
    asks_for = change.kind is Doing.OFF and change.turn is WhileOff.SWAP
    return (
        asks_for
        and change.ended_at is None
        and not any(change.person in move.on for moves in all_ for move in moves)
    )


def rows_of(sight: Sight, moves: Mapping[GroupId, tuple[Move, ...]]) -> Iterator[Row]:
    """Groups in which the same moves are told together."""
    alike: dict[tuple[Move, ...], list[GroupId]] = {}
    for group, theirs in moves.items():
        alike.setdefault(theirs, []).append(group)
    for theirs, groups in alike.items():
        for move in theirs[:_MOST_SHOWN]:
            yield Row(
                _stretch(sight, groups[0], move),
                _named(sight, move.off) if move.off else "",
                _named(sight, move.on),
                tuple(groups),
            )
        if len(theirs) > _MOST_SHOWN:
            yield Row(f"and {len(theirs) - _MOST_SHOWN} more", "", "", tuple(groups))


def _stretch(sight: Sight, group: GroupId, move: Move) -> str:
    """By the clocks of the shift it is about, and in UTC: `Fri 2026-11-27 15:15 to 16:30 Perth`."""
    zone = zone_of(sight.timeline, sight.roster.groups[group], move.starts)
    day, *starts = local(move.starts, zone).split()
    ends = local(move.ends, zone).split()
    until = ends[2] if ends[1] == starts[0] else " ".join(ends[:3])
    there = f"{day} {starts[0]} {starts[1]} to {until} {city(zone)}"
    utc = f"{move.starts:%H:%M} to {move.ends:%H:%M} UTC"
    return there if zone == "UTC" else f"{there} ({utc})"


def _named(sight: Sight, people: Iterable[PersonId]) -> str:
    return ", ".join(sorted(map(sight.namer(), people))) or "nobody"


def moves_as_data(found: changing.Weighed) -> dict[str, object]:
    return {
        "moves": moves_told(found.moves),
        "people": [one.person for one in found.people],
    }


def moves_told(moves: Mapping[GroupId, tuple[Move, ...]]) -> list[dict[str, object]]:
    return [
        {
            "group": group, "from": m.starts, "until": m.ends, "off": sorted(m.off),
            "on": sorted(m.on),
        }
        for group, theirs in moves.items()
        for m in theirs
    ]  # fmt: skip


# -- what was written -----------------------------------------------------------------------


def _window(sight: Sight, asked: Change, begins: str, until: str) -> _Window:
    """Dates where both are dates, else instants; what is left out is about their duty.

    That is their duty without the same asked before: asking twice is about the same shift.
    """
    first, last = _date(begins), _date(until)
    if first is not None and (not until or last is not None):
        return {"first": first, "last": last or first}
    if first is not None or last is not None:
        raise Wrong("one end is a date and the other is not", "Write two dates, or two instants")
    starts = moment(begins) if begins else sight.now
    if until:
        return {"starts": starts, "ends": moment(until)}
    of = asked.person
    duty = now_or_next(without(sight.roster, asked.kind, of), of, asked.shift, starts)
    if duty is None:
        nothing = f"{sight.namer()(of)} is on no duty in the coming month"
        raise Refused([Problem(nothing, fix="Say until when")])
    return {"starts": starts if begins else max(starts, duty.starts), "ends": duty.ends}


def _date(text: str) -> date | None:
    if not _A_DATE.fullmatch(text.strip()):
        return None
    from rotation.roster_file.forms import day
    from rotation.roster_file.problems import UnreadableError

    try:
        return day(text.strip())
    except UnreadableError as wrong:
        raise Wrong(wrong.message, wrong.fix) from None


def _occurrence(sight: Sight, who: PersonId, day: str, shift: str) -> Span:
    on = _date(day)
    if on is None:
        raise Wrong(f"`{day[:80]}` is no date", "Write the day it starts: 2027-03-15")
    only = shift_called(sight.roster, shift) if shift else None
    found = occurrences(without(sight.roster, Doing.SWAP, who), who, on, only)
    by_shift = {span.shift: span for span in found}
    if not by_shift:
        _no_duty(sight, who, on)
    if len(by_shift) > 1:
        name = sight.namer()(who)
        raise Wrong(
            f"{name} has several shifts on {on}: {', '.join(sorted(by_shift))}",
            f"Say which, {min(by_shift)} for one",
        )
    return found[0]


def _no_duty(sight: Sight, who: PersonId, on: date) -> NoReturn:
    coming = now_or_next(sight.roster, who, None, sight.now)
    hint = f"Their next duty is {coming.key}" if coming is not None else ""
    none = f"{sight.namer()(who)} has no shift that starts on {on}"
    raise Refused([Problem(none, fix=hint)])


COVER = Order("cover", "Cover", Rights.OPERATOR, Cover, _cover)
OFF = Order("off", "Time off", Rights.OPERATOR, Off, _off)
SWAP = Order("swap", "Swap", Rights.OPERATOR, Swap, _swap)
EXTRA = Order("extra", "Extra", Rights.OPERATOR, Extra, _extra)
