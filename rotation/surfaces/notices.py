"""What would be said in a group when people go, word for word, before it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from rotation.core import notice
from rotation.core.brief import Change, names_both
from rotation.core.facts import Because
from rotation.core.reason import SPOKEN, WARNING, Reason
from rotation.core.roster import BriefTo, GroupId, NoticeTo, PersonId
from rotation.core.timeline import Handover
from rotation.engine import GroupView, warnings, wording
from rotation.surfaces import coming
from rotation.surfaces.sight import Sight

BRIEF = "brief"
OCCASIONS = (*sorted(SPOKEN), WARNING, BRIEF)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message: for which reason, about whom, to whom, when, by which key of the roster.

    `text` is None where nothing is said for that reason. With `real` it is the next that will be
    said for that reason; else it is put as if those people went for it then. `key` is None for
    words of ours. With `quiet_until` it is not said because of quiet hours, or only as they end.
    """

    reason: str
    people: tuple[PersonId, ...]
    to: str
    at: datetime
    key: str | None
    text: str | None
    real: bool
    quiet_until: datetime | None = None


def previewed(
    sight: Sight, group: GroupId, reasons: Iterable[str], language: str | None
) -> list[Spoken]:
    """What is said in `group` for each of `reasons`, the next time somebody goes.

    `language` stands for whatever language would be spoken.
    """
    view = sight.view(group)
    ahead = next(coming.handovers_of(view, sight.now), None)
    found: list[Spoken] = []
    for reason in reasons:
        if reason == WARNING:
            found += _warnings(sight, view, language)
        elif reason == BRIEF and ahead is not None:
            found += _briefs(sight, ahead, language)
        elif ahead is not None:
            found += _goodbyes(sight, ahead, Reason(reason), language)
    return found


def _goodbyes(
    sight: Sight, ahead: Handover, reason: Reason, language: str | None
) -> Iterator[Spoken]:
    """At the handover ahead, as the engine will see it then; of each person where they are told."""
    policy = sight.roster.groups[ahead.group].policy
    ends = ahead.at + policy.stay_late
    then = replace(sight, now=ends).view(ahead.group)
    stay = then.facts.kept | set(then.facts.wanted.people)
    going = [p for p in (*then.facts.seats, *sorted(ahead.outgoing)) if p in ahead.outgoing - stay]
    people = tuple(dict.fromkeys(going))
    said = policy.goodbye
    if not people:
        return
    real = reason is Reason.SHIFT_END
    if said is None or notice.key_of(said, reason, None) is None:
        yield Spoken(reason, people, "nobody", ends, None, None, real)
        return
    because = notice.put_off(policy, Because(reason, "", "", ends=ends))
    goes_at = because.ends or ends
    at = goes_at - said.before
    quiet_until = notice.quiet_until(said, ends if goes_at > ends else at)
    if quiet_until is not None and quiet_until > goes_at:
        yield Spoken(reason, people, "nobody", ends, None, None, real, quiet_until)
        return
    at, alone = quiet_until or at, said.to is NoticeTo.PERSON
    for some in [(p,) for p in people] if alone else [people]:
        spoken = language or wording.spoken(then, said, some)
        text = notice.text(said, reason, spoken, wording.words(then, some, goes_at))
        to = some[0] if alone else "group"
        key = _key(notice.key_of(said, reason, spoken))
        yield Spoken(reason, some, to, at, key, text, real, quiet_until)


def _briefs(sight: Sight, ahead: Handover, language: str | None) -> Iterator[Spoken]:
    """At the handover ahead, if whoever arrives is in by then."""
    then = replace(sight, now=ahead.at).view(ahead.group)
    said, goodbye = then.group.policy.brief, then.group.policy.goodbye
    arriving = tuple(sorted(ahead.incoming - then.facts.kept))
    if said is None or not arriving:
        return
    change = Change(ahead.at, ahead.incoming, ahead.outgoing)
    quiet_until = notice.quiet_until(goodbye, ahead.at)
    is_over = quiet_until is not None and quiet_until - ahead.at > notice.STALE
    if is_over or (said.to is BriefTo.GROUP and names_both(then.facts, change)):
        until = quiet_until if is_over else None
        yield Spoken(BRIEF, arriving, "nobody", ahead.at, None, None, True, until)
        return
    at = quiet_until or ahead.at
    readers: Iterable[PersonId | None] = arriving if said.to is BriefTo.PERSON else (None,)
    for reader in readers:
        told = (ahead.at, ahead.incoming, ahead.outgoing)
        text = wording.briefed(then, said, reader, told, language)
        people, to = ((reader,), str(reader)) if reader is not None else (arriving, "group")
        yield Spoken(BRIEF, people, to, at, None, text, True, quiet_until)


def _warnings(sight: Sight, view: GroupView, language: str | None) -> Iterator[Spoken]:
    """The next warning that somebody in the group is owed."""
    group, known = view.group, sight.books.people.all()
    for one in sight.books.subscriptions.to_warn():
        if one.group != group.id or one.warn_at is None or one.person not in known:
            continue
        told = replace(one, language=language or one.language)
        text = warnings.text_for(sight.roster, group, told, known[one.person].name)
        key = _key(notice.warning_key(group.policy.goodbye, told.language or group.language))
        quiet_until = notice.quiet_until(group.policy.goodbye, one.warn_at)
        at = quiet_until or one.warn_at
        if at < one.until:
            who = one.person
            yield Spoken(WARNING, (who,), who, at, key, text, real=True, quiet_until=quiet_until)
            return


def _key(key: tuple[str, str] | None) -> str | None:
    """The key as it is written under `texts`."""
    return None if key is None else ".".join(filter(None, key)) or "any"
