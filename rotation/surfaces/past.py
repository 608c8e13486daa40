"""What has happened, as sentences: audit records and handovers, in names."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TypeVar

from rotation.core.facts import HandoverRow
from rotation.core.holds import Hold
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import Anchor, AuditRecord, Books
from rotation.surfaces.masking import bracketed, masked, on_one_line
from rotation.surfaces.saying import length_said, listed
from rotation.surfaces.wrong import Wrong

_KEPT = ("due", "called", "certainty", "roster", "zone_data")
_STEP = timedelta(microseconds=1)
HANDOVER = "handover"
"""The kind of an entry that is no audit record."""
DONE = "handover_done"
"""The kind of the record that one was proven, which its entry says as well."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `record` is its place in the audit chain; handovers have none.

    Of somebody's coming or going: when it was due, when the first call for it left, whose doing it
    was, by which roster and zone data, and the numbers of all its calls.
    """

    at: datetime
    kind: str
    group: GroupId | None
    people: tuple[str, ...]
    reason: Reason | None
    origin: str
    text: str
    record: int | None = None
    due: str = ""
    called: str = ""
    certainty: str = ""
    roster: str = ""
    zone_data: str = ""
    attempts: tuple[int, ...] = ()


def of_record(record: AuditRecord, name: Callable[[PersonId], str]) -> Entry:
    who = "" if record.person is None else name(record.person)
    return Entry(
        at=record.at,
        kind=record.kind,
        group=record.group,
        people=(who,) if who else (),
        reason=record.reason,
        origin=on_one_line(record.origin),
        text=record_said(record, who),
        record=record.seq,
        **{key: str(record.detail.get(key, "")) for key in _KEPT},
        attempts=record.attempts,
    )


def of_handover(row: HandoverRow, name: Callable[[PersonId], str]) -> Entry:
    came, went = (sorted(map(name, people)) for people in (row.incoming, row.outgoing))
    return Entry(
        at=row.at,
        kind=HANDOVER,
        group=row.group,
        people=(*came, *went),
        reason=None,
        origin=f"roster {row.roster}",
        text=f"handover: {listed(came)} in, {listed(went)} out, {_proof(row)}",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the past is asked for, in `[since, until)`: the newest `limit` of it.

    `kind` is that of an entry; None asks for all.
    """

    group: GroupId | None
    person: PersonId | None
    since: datetime | None
    until: datetime | None
    limit: int
    kind: str | None = None


def entries(books: Books, asked: Asked, name: Callable[[PersonId], str]) -> tuple[Entry, ...]:
    """Audit records and handovers, newest first."""
    about = asked.group, asked.person, asked.since, asked.until
    records: list[AuditRecord] = []
    rows: list[HandoverRow] = []
    if asked.kind != HANDOVER:
        same = None if asked.kind == DONE else DONE
        records = books.audit.list(*about, limit=asked.limit, kind=asked.kind, without=same)
    if asked.kind in (None, HANDOVER):
        rows = books.handovers.of(asked.group, asked.since, asked.until, asked.limit, asked.person)
    found = (*(of_record(r, name) for r in records), *(of_handover(r, name) for r in rows))
    return newest_first(found, asked.limit)


def end_written(text: str) -> Anchor:
    """Where the trail ended once, as `number:digest`, of the digest 12 signs at least.

    Raises Wrong.
    """
    seq, _, digest = text.strip().partition(":")
    if not re.fullmatch(r"\d{1,15}", seq, re.ASCII) or not re.fullmatch(r"[0-9a-f]{12,64}", digest):
        raise Wrong(
            "the head is no end of a trail", "Write it as it was told: 1200:3f9a0b1c2d3e4f50"
        )
    return Anchor(int(seq), digest)


P = TypeVar("P", Entry, HandoverRow)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody has read: to an instant, and so many of what happened at that very one."""

    at: datetime
    shown: int


def page(
    books: Books, asked: Asked, name: Callable[[PersonId], str], mark: Mark | None
) -> tuple[tuple[Entry, ...], Mark | None]:
    """The newest `asked.limit` entries before `mark`, and the mark of those before them, if any."""
    return _page(asked, mark, lambda more: entries(books, more, name))


def handovers(
    books: Books, asked: Asked, mark: Mark | None
) -> tuple[tuple[HandoverRow, ...], Mark | None]:
    """The same of handovers alone, as they were noted."""

    def rows(more: Asked) -> tuple[HandoverRow, ...]:
        about = more.group, more.since, more.until, more.limit, more.person
        return tuple(books.handovers.of(*about))

    return _page(asked, mark, rows)


def _page(
    asked: Asked, mark: Mark | None, look: Callable[[Asked], tuple[P, ...]]
) -> tuple[tuple[P, ...], Mark | None]:
    until, skip = asked.until, 0
    if mark is not None:
        end = mark.at + _STEP
        until, skip = end if until is None else min(end, until), mark.shown
    found = look(replace(asked, until=until, limit=asked.limit + skip + 1))
    shown = found[skip : skip + asked.limit]
    if len(found) <= skip + asked.limit:
        return shown, None
    last = shown[-1].at
    same = sum(1 for _ in takewhile(lambda one: one.at == last, reversed(shown)))
    if mark is not None and mark.at == last:
        same += mark.shown
    return shown, Mark(last, same)


def newest_first(entries: Iterable[Entry], limit: int) -> tuple[Entry, ...]:
    ordered = sorted(entries, key=lambda one: (one.at, one.record or 0), reverse=True)
    return tuple(ordered[:limit])


def _proof(row: HandoverRow) -> str:
    if row.proven_at is not None:
        return f"proven after {length_said(row.proven_at - row.at)}"
    return "missed: nothing ran then" if row.missed else "not proven yet"


def record_said(record: AuditRecord, who: str) -> str:
    """An audit record as a sentence about `who` (empty where it is about nobody)."""
    detail = {key: masked(on_one_line(str(value))) for key, value in record.detail.items()}
    said = _SAID.get(record.kind, record.kind.replace("_", " "))
    told = _UNSAID.get((record.kind, str(record.detail.get("how"))), said).format(
        who=who or "nobody", hold=Hold(detail["hold"]) if "hold" in detail else "hold",
        effect=detail.get("effect", ""), former=detail.get("former", ""),
        how=detail.get("how", ""), command=detail.get("command", ""),
        what=detail.get("what", ""), when=detail.get("when", ""),
        of_team=f" of team {detail['team']}" if detail.get("team") else "",
    )  # fmt: skip
    return f"{told}{_why(record, detail)}"


def _why(record: AuditRecord, detail: dict[str, str]) -> str:
    parts = []
    if record.reason is not None:
        parts.append(record.reason.replace("_", " "))
    parts += [detail[key] for key in ("ticket", "occurrence", "why", "text") if detail.get(key)]
    if detail.get("certainty") == "probably_ours":
        parts.append("probably by us")
    if len(record.attempts) > 1:
        parts.append(f"after {len(record.attempts)} tries")
    if record.origin:
        parts.append(bracketed(on_one_line(record.origin)))
    return f" ({', '.join(parts)})" if parts else ""


_UNSAID = {
    ("notice", "not said"): "no goodbye was said for {who}",
    ("notice", "in doubt"): "a goodbye for {who} may not have arrived",
    ("brief", "not said"): "no brief was said for {who}",
    ("brief", "in doubt"): "a brief for {who} may not have arrived",
}
_SAID = {
    "added": "{who} was added",
    "removed": "{who} was removed",
    "seen_in": "{who} was seen in, added by somebody else",
    "seen_out": "{who} was seen out, gone without us",
    "late_add": "{who} came in late, by an earlier call of ours",
    "late_removal": "{who} went late, by an earlier call of ours",
    "notice": "a goodbye was said for {who}",
    "brief": "a brief was said for {who}",
    "invite": "{who} was sent an invite link",
    "granted": "{who} is to be {effect}, by hand",
    "taken_along": "{who} goes with a resolved ticket, and was in by hand",
    "resolved": "a ticket was resolved",
    "reopened": "a ticket was opened again",
    "taken_back": "that the group is closed was taken back",
    "closed": "the group was closed",
    "farewell": "the closing message of the group",
    "emptied": "everyone but the kept has left the closed group",
    "subscribed": "who is subscribed was changed",
    "unsubscribed": "subscriptions were ended",
    "extended": "the subscription of {who} was extended",
    "warning": "{who} was warned that their subscription ends",
    "undone": "that {who} is to be {effect} was undone",
    "changed": "duty was changed: {what} of {who}, {when}",
    "unchanged": "a change of duty was undone: {what} of {who}, {when}",
    "swap_void": "a swap of {who} became void: {when}",
    "leaver": "{who} may be in no group{of_team} any more",
    "wipe_asked": "that {who} be in no group{of_team} any more was asked for",
    "wipe_waits": "the wipe of {who}{of_team} waits for people",
    "wiped": "{who} is proven to be in no group{of_team}",
    "reinstated": "{who} may be in groups{of_team} again",
    "forgotten": "{who} was forgotten",
    "reset": "the invite link was reset, since {who} knew it: {how}",
    "released": "the hold {hold} was released",
    "hold_opened": "held for some minutes: {hold}",
    "hold_closed": "no longer held: {hold}",
    "removal_overdue": "{who} should have left some minutes ago",
    "cover_lost": "nobody on duty is seen in the group any more",
    DONE: "a handover was proven",
    "let_through": "what a hook told was let through",
    "number_changed": "{who} has a new number; the old one is {former} from now on",
    "superseded": "what was tried for {who} was dropped before it came true: no longer wanted",
    "roster_adopted": "a roster came into force",
    "zone_data_changed": "the time-zone data in force changed",
    "roster_edited": "the roster files were edited: {what}",
    "roster_put_back": "an edit of the roster files was undone: {what}",
    "roster_held": "a roster was held back",
    "roster_released": "a roster held back was released",
    "let_go": "what ended long ago was let go",
    "refused": "a command was refused: {command}",
    "refused_by_guard": "a step for {who} was stopped by the guard",
}

KINDS = tuple(_SAID)
"""Of the audit records that there are words for."""
