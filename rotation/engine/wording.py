"""The words of an exit notice: names, who comes next, and clock times of whoever reads it."""

from collections.abc import Iterable
from datetime import datetime

from rotation.core import notice
from rotation.core.brief import latest
from rotation.core.brief import text as brief_text
from rotation.core.decide import Step
from rotation.core.reason import Reason
from rotation.core.roster import Brief, BriefTo, Goodbye, NoticeTo, PersonId
from rotation.core.timeline import clock_time
from rotation.engine.gather import GroupView


def goodbye(
    view: GroupView, said: Goodbye, people: tuple[PersonId, ...], reason: Reason, at: datetime
) -> str:
    """What is said of `people`, who go at the UTC instant `at`."""
    language = spoken(view, said, people)
    return notice.text(said, reason, language, words(view, people, at))


def spoken(view: GroupView, said: Goodbye, people: tuple[PersonId, ...]) -> str | None:
    """The language: of the one person who is told, else of the group."""
    known = view.roster.people.get(people[0]) if said.to is NoticeTo.PERSON else None
    return (known.language if known is not None else None) or view.group.language


def brief(view: GroupView, said: Brief, step: Step) -> str:
    """What is said of the change at which the people of `step` arrived."""
    change = latest(view.facts.wanted, step.due)
    came, went = (change.arriving, change.leaving) if change is not None else (step.people, ())
    reader = step.person if said.to is BriefTo.PERSON else None
    return briefed(view, said, reader, (step.because.starts or step.due, came, went))


def briefed(
    view: GroupView,
    said: Brief,
    reader: PersonId | None,
    change: tuple[datetime, Iterable[PersonId], Iterable[PersonId]],
    spoken: str | None = None,
) -> str:
    """The brief of a change - when it was, who arrived, who left - for a reader, or the group."""
    at, arriving, leaving = change
    known = view.roster.people.get(reader) if reader is not None else None
    language = spoken or (known.language if known is not None else None) or view.group.language
    told = {
        "arriving": _names(view, sorted(arriving)),
        "leaving": _names(view, sorted(leaving)) or "nobody",
        "group": str(view.group.id),
        "until": _until(view, at, reader),
    }
    return brief_text(said, language, told)


def words(view: GroupView, people: tuple[PersonId, ...], at: datetime) -> dict[str, str]:
    """What the variables of a text stand for."""
    following = view.facts.wanted.on_duty_at(at) - set(people)
    return {
        "names": _names(view, people),
        "group": str(view.group.id),
        "next": _names(view, sorted(following)) or "nobody yet",
        "back": _back(view, people[0], at),
        "until": _until(view, at),
    }


def _names(view: GroupView, people: Iterable[PersonId]) -> str:
    names = [_name(view, p) for p in people]
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def _name(view: GroupView, person: PersonId) -> str:
    if person in view.roster.people:
        return view.roster.people[person].name
    known = view.identities[person]
    return known.name or ("a guest" if known.stranger else str(person))


def _back(view: GroupView, person: PersonId, at: datetime) -> str:
    """When the person is on duty here again, by their own clock: `Tue 08:00`."""
    for ahead in (notice.SOON, notice.LOOK_AHEAD):  # most are back soon, and months are long
        spans = view.timeline.spans(view.group.id, at, at + ahead)
        starts = next((s.starts for s in spans if s.person == person and s.starts >= at), None)
        if starts is not None:
            return clock_time(starts, _zone(view, person))
    return "later"


def _until(view: GroupView, at: datetime, reader: PersonId | None = None) -> str:
    handover = view.timeline.next_handover(view.group.id, at)
    return clock_time(handover.at, _zone(view, reader)) if handover else "further notice"


def _zone(view: GroupView, person: PersonId | None) -> str:
    known = view.roster.people.get(person) if person else None
    if known is not None and known.zone:
        return known.zone
    shifts = view.group.shifts
    return view.roster.shifts[shifts[0]].zone if shifts else "UTC"
