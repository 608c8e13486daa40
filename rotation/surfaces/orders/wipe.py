"""Wiping somebody, which is an admin's to order, and letting them be in groups again."""

from dataclasses import dataclass
from datetime import datetime

from rotation.core.roster import GroupId, PersonId, Phone
from rotation.engine import wipes
from rotation.ledger import Books, Rights
from rotation.surfaces import whom as naming
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Undo, Weighed, author_of
from rotation.surfaces.sight import Sight
from rotation.surfaces.whom import Whom, name_of, require_team
from rotation.surfaces.wiping import Estimate, estimate, outlook
from rotation.surfaces.wrong import Problem, Refused

_TEAM = "only the groups of that team, for somebody who moves to another"


@dataclass(frozen=True, slots=True)
class Wish:
    person: str = asks("Who", Kind.ANYONE, hint="by key, by name, or by number")
    team: str = asks("Only of this team", Kind.TEAM, "", hint=_TEAM)
    approve: bool = asks("Say yes to one that somebody else asked for", Kind.FLAG, default=False)


@dataclass(frozen=True, slots=True)
class Reinstate:
    person: str = asks("Who", Kind.ANYONE, hint="by key, by name, or by number")
    team: str = asks("Of this team only", Kind.TEAM, "")


def weigh(counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    books, roster = sight.books, sight.roster
    who = naming.whom(books, roster, wish.person, wish.team)
    require_team(roster, wish.team)
    drips = {account.id: account.drip for account in counter.settings.accounts.values()}
    found = estimate(books, roster, drips, who.key, who.team)
    takes_two = counter.settings.wipe_approval == "two"
    asked = _asked_for(sight, who) if wish.approve else None

    def write(by: By) -> Made:
        if asked is not None:
            return _approved(sight, who, asked, by)
        return _asked(sight, who, by) if takes_two else _marked(sight, who, *by.told)

    return Weighed(
        said=(_effect(sight, who, found),),
        write=write,
        rows=tuple(_rows(found)),
        problems=tuple(_problems(sight, who, wish, asked)),
        groups=_groups_of(sight, who.team),
        people=() if who.key is None else (who.key,),
        everywhere=not who.team,
        agreed=(who, wish.approve, takes_two, asked),
        data={"estimate": found},
    )


def _effect(sight: Sight, who: Whom, found: Estimate) -> str:
    where = f"every group of team {who.team}" if who.team else "every group of every account"
    return (
        f"{name_of(sight.books, sight.roster, who)} is removed from {where} now, whoever wrote"
        f" what in the roster and whether anybody else is on duty, and is never added again until"
        f" `rotation reinstate`. {outlook(found)}"
    )


def _rows(found: Estimate) -> list[Row]:
    rows = [Row(group, "in", "out") for group in found.inside]
    return rows + [Row(f"by hand: {h.where}: {h.why}", "", h.to_do) for h in found.by_hand]


def _groups_of(sight: Sight, team: str) -> tuple[GroupId, ...]:
    return tuple(g.id for g in sight.roster.groups.values() if team and g.team == team)


def _problems(sight: Sight, who: Whom, wish: Wish, asked: wipes.Asked | None) -> list[Problem]:
    found = []
    if account := naming.account_of(sight.books, who):
        ours = f"that is the number of the account {account} itself"
        found.append(Problem(ours, fix="Give the account another number first"))
    if wish.approve and asked is None:
        nobody = f"nobody asked within a day that {who.said} be wiped{who.flag}"
        found.append(Problem(nobody, fix="Ask: leave --approve out"))
    return found


def _asked_for(sight: Sight, who: Whom) -> wipes.Asked | None:
    """What somebody else asked for within a day."""
    known = who.key or sight.books.people.find(Phone(who.said))
    return None if known is None else wipes.asked(sight.books, known, sight.now, who.team)


def _approved(sight: Sight, who: Whom, asked: wipes.Asked, by: By) -> Made:
    if author_of(asked.author) == by.author:
        own = "whoever asked for a wipe can't approve it"
        raise Refused([Problem(own, fix="Let another person, by --author")])
    return _marked(sight, who, asked.author, asked.reason, by.signed)


def _asked(sight: Sight, who: Whom, by: By) -> Made:
    """Write down what is wished; a second person has to approve it."""
    key = _key(sight.books, who, sight.now)
    author, reason = by.told
    wipes.ask(sight.books, key, author, reason, sight.now, who.team)
    name = name_of(sight.books, sight.roster, Whom(key))
    return Made(
        key,
        (
            f"{name} is not wiped yet: it takes a second person.",
            f"Within a day, by another --author: rotation wipe {key}{who.flag} --approve",
        ),
        new=True,
        people=(key,),
        data={"person": key, "asked": True, "waits_for_approval": True},
    )


def _marked(sight: Sight, who: Whom, author: str, reason: str, approved_by: str = "") -> Made:
    books, team = sight.books, who.team
    of = wipes.Team.of(sight.roster, team) if team else None
    key = _key(books, who, sight.now)
    new = wipes.begin(books, key, author, reason, sight.now, approved_by, of=of)
    may = f"may be in no group{f' of team {team}' if team else ''} any more"
    name = name_of(books, sight.roster, Whom(key))
    return Made(
        key,
        (f"{name} {may if new else 'is a leaver already'}.",),
        new=new,
        undo=Undo(
            "reinstate", {"person": key, "team": team}, f"rotation reinstate {key}{who.flag}"
        ),
        people=(key,),
        data={"person": key, "team": team, "asked": True},
    )


def _key(books: Books, who: Whom, now: datetime) -> PersonId:
    return who.key or books.people.stranger(Phone(who.said), None, now)


def _reinstate(_counter: Counter, sight: Sight, wish: Reinstate) -> Weighed:
    books = sight.books
    who = naming.whom(books, sight.roster, wish.person, wish.team)
    theirs = [m.team for m in books.leavers.standing() if m.person == who.key]
    name = name_of(books, sight.roster, who)
    effect = f"{name} may be in {who.groups} again, as the roster says."

    def write(by: By) -> Made:
        author, reason = by.told
        if who.key is None or not wipes.reinstate(
            books, who.key, author, reason, sight.now, who.team
        ):
            raise Refused([_no_leaver(who, wish.person, theirs)])
        told = {"reinstated": who.said, "team": who.team}
        undo = Undo("wipe", {"person": who.key, "team": who.team}, f"rotation wipe {who.key}")
        return Made(who.key, (effect,), new=True, undo=undo, people=(who.key,), data=told)

    is_one = who.team in theirs
    return Weighed(
        said=(effect,),
        write=write,
        rows=(Row(name, "a leaver", "as the roster says"),),
        problems=() if is_one else (_no_leaver(who, wish.person, theirs),),
        groups=_groups_of(sight, who.team),
        people=() if who.key is None else (who.key,),
        everywhere=not who.team,
        agreed=(who,),
    )


def _no_leaver(who: Whom, typed: str, theirs: list[str]) -> Problem:
    """Why nobody is reinstated, and what would be."""
    other = next(iter(theirs), None)
    fix = "" if other is None else f"Say --team {other}" if other else "Leave --team out"
    of = f" of team {who.team}" if who.team else ""
    return Problem(f"{typed} is no leaver{of}", fix=fix)


WIPE = Order("wipe", "Wipe", Rights.ADMIN, Wish, weigh)
REINSTATE = Order("reinstate", "Reinstate", Rights.ADMIN, Reinstate, _reinstate)
