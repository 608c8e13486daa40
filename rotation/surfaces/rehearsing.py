"""A wipe before it is asked for: carried out on a copy, and told as the real one would be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from rotation.core.facts import GroupState
from rotation.core.roster import AccountId, GroupId, PersonId, Phone, Roster
from rotation.engine import AccountRules
from rotation.engine.lists import laid_over
from rotation.ledger import Books, image_of, in_memory
from rotation.surfaces.wiping import ByHand, Report, State, namer, report
from rotation.wiring.rehearsed_wipe import Calls, Came, Wished, rehearsed_wipe

A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How a wipe went on a copy of the ledger.

    `proven`: nothing was left to people. `uncovered`: groups in which it leaves nobody on duty.
    `calls` and `minutes` are what it took there, `unknown` is what no copy can tell.
    """

    person: PersonId | Phone
    name: str
    team: str
    proven: bool
    groups: int
    removed: tuple[str, ...]
    was_not_in: tuple[str, ...]
    to_go: tuple[str, ...]
    by_hand: tuple[ByHand, ...]
    uncovered: tuple[str, ...]
    calls: Calls
    minutes: int
    unknown: tuple[str, ...]


def rehearsed(
    url: str,
    roster: Roster,
    accounts: Mapping[AccountId, AccountRules],
    wished: Wished,
    passed: Callable[[AccountId, timedelta], None],
) -> Rehearsed:
    """The wipe on a copy of the ledger at `url`; `roster` is the one in force.

    `passed` is told how much time of an account's rehearsal has passed, now and then.
    """
    image = image_of(url)
    parts = [
        _part(roster, account, wished, rehearsed_wipe(image, account, rules, wished, passed))
        for account, rules in sorted(accounts.items())
    ]
    with in_memory(image).reading() as books:
        unknown = tuple(_unknown(books, roster, accounts, wished))
    return _together(parts, wished, unknown)


@dataclass(frozen=True, slots=True)
class _Part:
    """What came of it for one account, in words."""

    report: Report
    came: Came
    uncovered: tuple[str, ...]


def _part(roster: Roster, account: AccountId, wished: Wished, came: Came) -> _Part:
    with came.ledger.reading() as books:
        found = report(books, roster, [account], came.person, came.ended_at, wished.team)
        uncovered = tuple(map(namer(books), came.uncovered))
    came.ledger.close()
    if found is None:
        raise RuntimeError("nobody was marked on the copy")
    return _Part(found, came, uncovered)


def _together(parts: Sequence[_Part], wished: Wished, unknown: tuple[str, ...]) -> Rehearsed:
    """All accounts at once, since none waits for another."""
    reports = [part.report for part in parts]
    return Rehearsed(
        person=wished.who,
        name="" if wished.is_number else reports[0].name,
        team=wished.team,
        proven=all(one.state is State.COMPLETE for one in reports),
        groups=sum(one.groups for one in reports),
        removed=_all(one.removed for one in reports),
        was_not_in=_all(one.was_not_in for one in reports),
        to_go=_all(one.to_go for one in reports),
        by_hand=tuple(held for one in reports for held in one.by_hand),
        uncovered=_all(part.uncovered for part in parts),
        calls=sum((part.came.calls for part in parts), Calls()),
        minutes=max(1, ceil(max(part.came.took for part in parts) / A_MINUTE)),
        unknown=unknown,
    )


def _all(names: Iterator[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({name for some in names for name in some}))


# -- what it cannot know --------------------------------------------------------------------------


def _unknown(
    books: Books, roster: Roster, accounts: Mapping[AccountId, AccountRules], wished: Wished
) -> Iterator[str]:
    team = wished.team
    if wished.is_number:
        yield "where this number is in: nobody goes by it, and a read notes only whom it knows"
    for account in () if team else sorted(accounts):
        listed_at = books.found.listing(account).listed_at
        yield (
            f"groups of account {account} that no roster names: its list is read in a wipe only"
            if listed_at is None
            else f"groups that account {account} came into since {listed_at:%Y-%m-%dT%H:%M:%SZ}"
        )
    name, states = namer(books), _states(books, roster, accounts, team)
    unread = [name(group) for group, state in states.items() if _read_at(state) is None]
    if unread:
        yield f"who is in {', '.join(unread)}: never read so far"
    hidden = [f"{name(g)} ({s.unresolved})" for g, s in states.items() if s and s.unresolved]
    if hidden:
        yield f"who is behind an id without a number in {', '.join(hidden)}"
    oldest = min((at for s in states.values() if (at := _read_at(s)) is not None), default=None)
    if oldest is not None:
        yield f"who came or went since groups were read, the first at {oldest:%Y-%m-%dT%H:%M:%SZ}"
    yield "whether a call fails: here each was answered, and did what it said"


def _states(
    books: Books, roster: Roster, accounts: Mapping[AccountId, AccountRules], team: str
) -> dict[GroupId, GroupState | None]:
    """What is known of each group that would be swept."""
    known = {state.group: state for state in books.groups.all()}
    laid = laid_over(roster, books.found.groups())
    groups = (g for account in sorted(accounts) for g in laid.groups_of(account))
    return {g.id: known.get(g.id) for g in groups if team in {"", g.team}}


def _read_at(state: GroupState | None) -> datetime | None:
    return None if state is None else state.read_ended_at
