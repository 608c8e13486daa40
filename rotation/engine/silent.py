"""Who was found silent where the silent leave: a few at a time, and many only by a person's word.

A mark says since when somebody is to leave. It makes nobody leave who gives a sign meanwhile: that
is looked up anew for every decision, and by the guard.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from rotation.core import breaker
from rotation.core.facts import Silence
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, Mode, PersonId
from rotation.core.silence import Standing, Verdict
from rotation.engine import attention
from rotation.engine.adopt import memberships
from rotation.engine.gather import GroupView
from rotation.ledger import Books

A_DAY = timedelta(days=1)


def verdicts(books: Books, view: GroupView, now: datetime) -> dict[PersonId, Verdict]:
    """What can be said of everybody who is seen in the group, at `now`."""
    facts = view.facts
    return attention.judged(
        books, view.roster, view.group, facts.seats, facts.kept, facts.wanted, now
    )


def settled(books: Books, view: GroupView, now: datetime) -> bool:
    """Mark who is silent by now, and take marks back from who is not; whether any changed."""
    group = view.group
    marks = books.activity.silences(group.id)
    acts = attention.takes_out(group) and group.mode is not Mode.WATCH and view.closing is None
    if not acts and not marks:
        return False
    found = {} if not acts else _silent(verdicts(books, view, now))
    over = [
        p for p, m in marks.items() if found.get(p) != m.sign_at and not (acts and _counts(m, now))
    ]
    books.activity.forget_silences(group.id, over)
    new = [p for p, at in found.items() if p not in marks or marks[p].sign_at != at]
    if new:
        _mark(books, view, {p: found[p] for p in new}, now)
    return bool(over or new)


def _silent(verdicts: dict[PersonId, Verdict]) -> dict[PersonId, datetime]:
    return {
        p: v.since
        for p, v in verdicts.items()
        if v.standing is Standing.SILENT and v.since is not None
    }


def _counts(mark: Silence, now: datetime) -> bool:
    """Whether somebody left by it lately, so that it counts among those who leave at once."""
    return mark.leaves_at is not None and timedelta(0) <= now - mark.leaves_at < A_DAY


def _mark(books: Books, view: GroupView, new: dict[PersonId, datetime], now: datetime) -> None:
    group = view.group
    wait = _too_many(books, view, set(new))
    leaves_at = None if wait else now
    books.activity.found_silent(
        Silence(group.id, person, sign_at, now, leaves_at) for person, sign_at in new.items()
    )
    for person, sign_at in sorted(new.items()):
        books.audit.append(
            at=now, kind="found_silent", group=group.id, person=person, reason=Reason.SILENT,
            origin=f"roster {view.digest}",
            detail={"since": f"{sign_at:%Y-%m-%dT%H:%M:%SZ}", "waits": wait},
        )  # fmt: skip


def _too_many(books: Books, view: GroupView, new: set[PersonId]) -> bool:
    """Whether it is unusually many at once: of the group, or of all groups of the account."""
    account, groups = view.group.account, view.roster.groups
    marks = [m for m in books.activity.all_silences() if m.group in groups]
    mine = [m for m in marks if groups[m.group].account == account]
    here = [m for m in mine if m.group == view.group.id and m.person not in new]
    if any(m.leaves_at is None for m in here):
        return True
    size = view.facts.state.size or 0
    all_of_them = memberships(books, view.roster)[account]
    return breaker.too_many(len(here) + len(new), size) or breaker.too_many(
        len(_leaving(mine, new, view.group.id)) + len(new), all_of_them
    )


def _leaving(marks: Iterable[Silence], new: set[PersonId], group: GroupId) -> list[Silence]:
    return [m for m in marks if not (m.group == group and m.person in new) and m.leaves_at]


def release(books: Books, group: GroupId, now: datetime) -> None:
    """A person says that it is meant: those who wait leave now, if they are silent still."""
    waiting = [m for m in books.activity.silences(group).values() if m.leaves_at is None]
    books.activity.found_silent(replace(m, leaves_at=now) for m in waiting)
