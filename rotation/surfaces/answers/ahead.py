"""What comes: what would be done now, the next handovers, what will be said, and why somebody."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from rotation.core.roster import AccountId, GroupId, Mode, Policy
from rotation.engine import AccountRules, GroupView
from rotation.ledger import Unreadable
from rotation.settings import Settings
from rotation.surfaces import coming
from rotation.surfaces.adoption import Adoption, adoption_of
from rotation.surfaces.answers.answer import Answer, Told, cursor, groups_asked, limit
from rotation.surfaces.answers.naming import anyone_called
from rotation.surfaces.answers.shapes import Also
from rotation.surfaces.answers.standing import OneGroup
from rotation.surfaces.explain import Explained, explained
from rotation.surfaces.forecast import Pace
from rotation.surfaces.naming import group_called
from rotation.surfaces.notices import OCCASIONS, Spoken, previewed
from rotation.surfaces.orders import Counter, Kind
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.plan import GroupPlan, pace_of, plans
from rotation.surfaces.saying import city, clock_said, words_for
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Wrong

MOST_NEXT = 100
MOST_PLANNED = 400
"""Groups that are planned at once: those of an account share its budgets, so that none can be told
without the others."""


# -- plan ---------------------------------------------------------------------------------


def planned(
    sight: Sight,
    settings: Settings,
    unreadable: Callable[[GroupId, Unreadable], None],
    groups: Iterable[GroupId],
) -> tuple[tuple[GroupPlan, ...], Sequence[GroupView]]:
    """The plans of groups, all of each account that one is of: they share its budgets."""
    views = sight.sound(groups, unreadable)
    accounts = {view.group.account for view in views}
    paces = {account: _pace(sight, settings, account) for account in accounts}
    return plans(views, paces, sight.now), views


def _pace(sight: Sight, settings: Settings, account: AccountId) -> Pace:
    known = settings.accounts.get(account)
    rules = AccountRules()
    if known is not None:
        rules = AccountRules(known.drip, known.pace == "paced", known.requests_per_minute)
    return pace_of(sight.books, account, rules, sight.now)


def plan_told(sight: Sight, shown: Iterable[GroupPlan]) -> Told:
    groups = [{**asdict(one), "has_work": one.has_work} for one in shown]
    return {"at": sight.now, "roster": sight.digest, "groups": groups}


def _plan(counter: Counter, sight: Sight, wish: OneGroup) -> Told:
    group = group_called(sight.roster, wish.group)
    groups = sharing(sight, group)
    if len(groups) > MOST_PLANNED:
        raise Wrong(
            f"more than {MOST_PLANNED} groups share the account, which takes too long here",
            f"Ask on the machine: rotation plan {group}",
        )
    found, _ = planned(sight, counter.settings, _pass_over, groups)
    return plan_told(sight, (one for one in found if one.group == group))


def sharing(sight: Sight, group: GroupId) -> list[GroupId]:
    """The groups of its account, itself among them."""
    return [one.id for one in sight.roster.groups_of(sight.roster.groups[group].account)]


def _pass_over(_group: GroupId, _trouble: Unreadable) -> None:
    """It is held for that, and the status says so."""


# -- next ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NextOfGroup:
    group: str = asks("The group", Kind.GROUP)
    count: int = asks("How many", Kind.NUMBER, 1, hint=f"1 to {MOST_NEXT}")


@dataclass(frozen=True, slots=True)
class Next:
    count: int = asks("How many per group", Kind.NUMBER, 1, hint=f"1 to {MOST_NEXT}")
    limit: int = limit()
    cursor: str = cursor()


def next_of(view: GroupView, now: datetime, count: int) -> list[Told]:
    """The next `count` handovers of a group, as the roster and what was done by hand have it."""
    words, policy = words_for(view, now), view.group.policy
    changes = coming.handovers_of(view, now)
    return [
        {
            "group": view.group.id,
            "at": change.at,
            "local": words.when(change.at),
            "zone": words.zone,
            "adds_from": change.at - policy.join_early,
            "removes_from": change.at + policy.stay_late,
            "in": sorted(map(words.name, change.incoming)),
            "out": sorted(map(words.name, change.outgoing)),
            "on_duty": sorted(map(words.name, change.on_duty)),
        }
        for change, _ in zip(changes, range(count), strict=False)
    ]


def _counted(count: int) -> int:
    if not 1 <= count <= MOST_NEXT:
        raise Wrong(f"`count` is not from 1 to {MOST_NEXT}")
    return count


def _next(_counter: Counter, sight: Sight, wish: Next) -> Told:
    count = _counted(wish.count)
    names, following = groups_asked(sight, "next", wish.cursor, wish.limit)
    views = sight.sound(names, _pass_over)
    found = [one for view in views for one in next_of(view, sight.now, count)]
    return {"at": sight.now, "handovers": found, "next": following}


def _next_of_group(_counter: Counter, sight: Sight, wish: NextOfGroup) -> Told:
    view = sight.view(group_called(sight.roster, wish.group))
    return {"at": sight.now, "handovers": next_of(view, sight.now, _counted(wish.count))}


# -- explain, notices, adopt --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Explain:
    group: str = asks("The group", Kind.GROUP)
    person: str = asks("Who, by key or name", Kind.PERSON)


def why(sight: Sight, group: GroupId, name: str) -> Explained:
    """Why somebody, by key or by name, is in the group or not. Raises Unknown, Unreadable."""
    who = anyone_called(sight, name)
    view = sight.view(group)
    holds = [h for h in sight.books.holds.in_force(group) if h.item.person in (None, who)]
    return explained(sight.books, view, who, holds, sight.now)


def _explain(_counter: Counter, sight: Sight, wish: Explain) -> Explained:
    group = group_called(sight.roster, wish.group)
    return why(sight, group, wish.person)


@dataclass(frozen=True, slots=True)
class Notices:
    group: str = asks("The group", Kind.GROUP)
    reason: str = asks("Only this reason", Kind.CHOICE, "", choices=("", *OCCASIONS))
    language: str = asks("As if this were read", Kind.NAME, "", hint="pt, pt-BR")


def said(
    sight: Sight, group: GroupId, reason: str | None, language: str | None
) -> tuple[list[Spoken], Told]:
    """What would be said in a group, and the same as data. Raises Wrong."""
    from rotation.roster_file import did_you_mean
    from rotation.roster_file.forms import language as language_form
    from rotation.roster_file.problems import UnreadableError

    if reason is not None and reason not in OCCASIONS:
        hint = did_you_mean(reason, OCCASIONS)
        raise Wrong(f"`{reason}` is no reason that is said aloud", hint)
    try:
        language_form(language or "en")
    except UnreadableError as wrong:
        raise Wrong(wrong.message, wrong.fix) from None
    found = previewed(sight, group, OCCASIONS if reason is None else (reason,), language)
    of = sight.roster.groups[group]
    head = {"at": sight.now, "group": group, "mode": of.mode}
    return found, {**head, "quiet": quiet_said(of.policy), "notices": found}


def quiet_said(policy: Policy) -> str | None:
    """`22:00 to 07:00 Lisbon`."""
    quiet = policy.goodbye.quiet if policy.goodbye is not None else None
    if quiet is None:
        return None
    starts, ends = clock_said(quiet.hours.starts), clock_said(quiet.hours.ends)
    return f"{starts} to {ends} {city(quiet.zone)}"


def _notices(_counter: Counter, sight: Sight, wish: Notices) -> Told:
    group = group_called(sight.roster, wish.group)
    return said(sight, group, wish.reason or None, wish.language or None)[1]


def _adopt(_counter: Counter, sight: Sight, wish: OneGroup) -> Adoption:
    return adoption_of(sight, group_called(sight.roster, wish.group))


_HANDOVER = {
    "group": str, "at": datetime, "local": str, "zone": str, "adds_from": datetime,
    "removes_from": datetime, "in": [str], "out": [str], "on_duty": [str],
}  # fmt: skip
PLAN = Answer(
    "plan", "What rotation would do now in a group, why, and when it will be done",
    "/groups/{group}/plan", OneGroup,
    {"at": datetime, "roster": str, "groups": [Also(GroupPlan, {"has_work": bool})]}, _plan,
)  # fmt: skip
NEXT = Answer(
    "next", "The handovers that come next in each group", "/next", Next,
    {"at": datetime, "handovers": [_HANDOVER], "next": str | None}, _next,
)  # fmt: skip
NEXT_OF_GROUP = Answer(
    "next of a group", "The handovers that come next in a group", "/groups/{group}/next",
    NextOfGroup, {"at": datetime, "handovers": [_HANDOVER]}, _next_of_group,
)  # fmt: skip
EXPLAIN = Answer(
    "explain", "Why somebody is in a group or not, and until when",
    "/groups/{group}/explain", Explain, Explained, _explain,
)  # fmt: skip
NOTICES = Answer(
    "notices", "What will be said when people leave a group, word for word",
    "/groups/{group}/notices", Notices,
    {"at": datetime, "group": str, "mode": Mode, "quiet": str | None, "notices": [Spoken]},
    _notices,
)  # fmt: skip
ADOPT = Answer(
    "adopt", "What raising a group's mode would do", "/groups/{group}/adopt", OneGroup, Adoption,
    _adopt,
)  # fmt: skip
