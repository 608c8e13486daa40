"""What was made of an order on the board, to be shown while it is carried out.

The last ones are kept as they were said. Of all others, after a restart or on another machine, the
trail tells the same: the address of a receipt names the records that the order left.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rotation.core.roster import GroupId, PersonId
from rotation.ledger import AuditRecord
from rotation.surfaces.by_hand import undo_name
from rotation.surfaces.change_said import groups_of
from rotation.surfaces.masking import masked
from rotation.surfaces.orders import Channel, Made, Undo
from rotation.surfaces.orders.undo import is_over
from rotation.surfaces.past import record_said
from rotation.surfaces.sight import Sight

_MOST_KEPT, _MOST_RECORDS = 500, 40
_NAME = re.compile(r"(\d{1,15})-(\d{1,15})-[\w-]{1,40}", re.ASCII)
_ON_THE_BOARD = f" ({Channel.BOARD})"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was made, when, by whom and why. `is_told_again`: by the trail, in its own words."""

    title: str
    made: Made
    at: datetime
    by: str
    reason: str
    is_told_again: bool = False


class Receipts:
    """Those of this board, by their names."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Receipt] = OrderedDict()

    def keep(self, receipt: Receipt) -> str:
        first, last = receipt.made.records or (0, 0)
        name = f"{first}-{last}-{secrets.token_urlsafe(9)}"
        self._kept[name] = receipt
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return name

    def get(self, sight: Sight, name: str) -> Receipt | None:
        """As it was kept, or as the trail tells it; None where neither knows of it."""
        kept, found = self._kept.get(name), _NAME.fullmatch(name)
        if kept is not None or found is None:
            return kept
        first, last = map(int, found.groups())
        most = min(last - first + 1, _MOST_RECORDS)
        records = sight.books.audit.piece_after(first - 1, most) if 0 < first <= last else []
        return _told(sight, records) if records and _is_one(records, first) else None


def _is_one(records: Sequence[AuditRecord], first: int) -> bool:
    """Whether they are what one order on the board left."""
    is_here = records[0].seq == first and _ON_THE_BOARD in records[0].origin
    return is_here and len({(r.at, r.origin) for r in records}) == 1


def _told(sight: Sight, records: Sequence[AuditRecord]) -> Receipt:
    name, one = sight.namer(), records[0]
    said = (record_said(r, "" if r.person is None else name(r.person)) for r in records)
    groups, people = dict.fromkeys(_groups(sight, records)), dict.fromkeys(_people(records))
    made = Made(
        "", tuple(f"{text[:1].upper()}{text[1:]}." for text in dict.fromkeys(said)), new=True,
        undo=next(filter(None, (_undo(sight, r) for r in records)), None),
        groups=tuple(groups), people=tuple(people),
    )  # fmt: skip
    by, why = one.origin.partition(_ON_THE_BOARD)[0], str(one.detail.get("why", ""))
    return Receipt("What was done", made, one.at, masked(by), masked(why), is_told_again=True)


def _people(records: Iterable[AuditRecord]) -> Iterable[PersonId]:
    return (r.person for r in records if r.person is not None)


def _groups(sight: Sight, records: Iterable[AuditRecord]) -> Iterable[GroupId]:
    changes = {change.id: change for change in sight.roster.changes if change.id}
    for record in records:
        if record.group is not None:
            yield record.group
        elif (change := changes.get(_number(record, "change"))) is not None:
            yield from groups_of(sight.roster, change)


def _number(record: AuditRecord, name: str) -> int:
    found = record.detail.get(name)
    return found if isinstance(found, int) else 0


def _undo(sight: Sight, record: AuditRecord) -> Undo | None:
    """The order that takes it back, if there is one and it was not taken back since."""
    match record.kind:
        case "granted":
            grant = sight.books.grants.get(_number(record, "grant"))
            is_live = grant is not None and not is_over(grant, sight.now)
            return _back("undo", name=undo_name(grant)) if grant is not None and is_live else None
        case "changed":
            number = _number(record, "change")
            known = {c.id: c for c in sight.roster.changes}.get(number)
            is_live = known is not None and known.ended_at is None
            return _back("undo", name=f"c{number}") if is_live else None
        case "closed":
            return _back("reopen", ticket=str(record.group))
        case "resolved":
            return _back("reopen", ticket=str(record.detail.get("ticket", "")))
        case "leaver":
            person, team = str(record.person), str(record.detail.get("team", ""))
            return _back("reinstate", person=person, team=team)
        case _:
            return None


def _back(order: str, **wish: str) -> Undo:
    return Undo(order, wish, "")
