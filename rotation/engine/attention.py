"""What follows from a read for who is silent: since when somebody can be heard, and by what.

Silence is judged where the roster asks for it, of whoever is inside; nobody else is watched.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from rotation.core import silence
from rotation.core.facts import Reading, Seat, Seen
from rotation.core.proof import Proof
from rotation.core.roster import Group, GroupId, PersonId
from rotation.core.silence import ARRIVED, Sign, Verdict
from rotation.engine.gather import GroupView
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


def verdicts(books: Books, view: GroupView, now: datetime) -> dict[PersonId, Verdict]:
    """What can be said of everybody who is seen in the group, at `now`."""
    facts, group = view.facts, view.group
    inside = {p: seat for p, seat in facts.seats.items() if seat.seen is Seen.IN}
    return silence.judged(
        inside, view.roster, group, signs(books, group.id), books.activity.hearing(group.account),
        now, kept=facts.kept, wanted={*facts.wanted.people, *facts.wanted.leavers},
    )  # fmt: skip


def signs(books: Books, group: GroupId) -> dict[PersonId, Sign]:
    return {p: Sign(o.at, o.doing) for p, o in books.activity.of(group).items()}
