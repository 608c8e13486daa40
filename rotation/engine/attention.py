"""What follows from a read for who is silent: since when somebody can be heard, and by what.

Silence is judged where the roster asks for it, of whoever is inside; nobody else is watched.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from rotation.core import silence
from rotation.core.facts import Because, Reading, Seat, Seen
from rotation.core.proof import Proof
from rotation.core.reason import Reason
from rotation.core.roster import Group, GroupId, Mode, PersonId, Roster, WhenSilent
from rotation.core.silence import ARRIVED, Sign, Standing, Verdict
from rotation.core.wanted import Wanted
from rotation.ledger import Books, LastActive


def pays(
    books: Books,
    group: Group,
    before: Mapping[PersonId, Seat],
    reading: Reading,
    changes: Collection[Proof],
) -> None:
    """Whoever was not inside before begins anew, whatever they did the last time they were.

    A change of which no webhook told says that webhooks are lost.
    """
    if group.policy.silent is None and not changes:
        return
    came = {p for p in reading.present if p not in before or before[p].seen is not Seen.IN}
    books.activity.note(LastActive(group.id, p, ARRIVED, reading.ended_at) for p in came)
    if group.policy.silent is None:
        return
    known = books.activity.of(group.id)
    books.activity.arrived(group.id, reading.present.keys() - known.keys(), reading.ended_at)
    last = books.groups.state(group.id)
    if changes and last is not None and last.read_began_at is not None:
        hearing = books.activity.hearing(group.account)
        after = silence.unheard(hearing, last.read_began_at, reading.ended_at)
        if after != hearing:
            books.activity.hears(group.account, after)


def judged(  # noqa: PLR0913, PLR0917 - what is known of a group, each by its name
    books: Books,
    roster: Roster,
    group: Group,
    seats: Mapping[PersonId, Seat],
    kept: Collection[PersonId],
    who: Wanted,
    now: datetime,
) -> dict[PersonId, Verdict]:
    """What can be said of everybody who is seen in the group."""
    if group.policy.silent is None:
        return {}
    inside = {p: seat for p, seat in seats.items() if seat.seen is Seen.IN}
    return silence.judged(
        inside, roster, group, signs(books, group.id), books.activity.hearing(group.account), now,
        kept=kept, wanted={*who.people, *who.leavers},
    )  # fmt: skip


def leaving(  # noqa: PLR0913, PLR0917 - as above
    books: Books,
    roster: Roster,
    group: Group,
    seats: Mapping[PersonId, Seat],
    kept: Collection[PersonId],
    who: Wanted,
    now: datetime,
) -> dict[PersonId, Because]:
    """Who leaves for being silent: found so before, and silent still, at this very moment."""
    if not takes_out(group):
        return {}
    found = {}
    marks = books.activity.silences(group.id)
    verdicts = judged(books, roster, group, seats, kept, who, now) if marks else {}
    for person, mark in marks.items():
        verdict = verdicts.get(person)
        if mark.leaves_at is None or mark.leaves_at > now or verdict is None:
            continue
        if verdict.standing is Standing.SILENT and verdict.since == mark.sign_at:
            key = f"silent/{person}/{mark.found_at:%Y-%m-%dT%H:%M:%SZ}"
            found[person] = Because(Reason.SILENT, key, "roster", mark.sign_at, mark.leaves_at)
    return found


def waiting(books: Books, group: Group) -> int:
    """How many were found silent and wait for a person's word."""
    if not takes_out(group) or group.mode is Mode.WATCH:
        return 0
    return sum(one.leaves_at is None for one in books.activity.silences(group.id).values())


def takes_out(group: Group) -> bool:
    policy = group.policy.silent
    return policy is not None and policy.do is WhenSilent.REMOVE


def signs(books: Books, group: GroupId) -> dict[PersonId, Sign]:
    return {p: Sign(o.at, o.doing) for p, o in books.activity.of(group).items()}
