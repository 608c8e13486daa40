"""Orders: one choke point weighs, checks and writes whatever anybody asks for, by any way in."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rotation.core.holds import Hold
from rotation.core.moves import of_groups
from rotation.core.roster import (
    AccountId,
    Change,
    ChatId,
    Doing,
    Every,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Turns,
    WhileOff,
)
from rotation.core.timeline import Timeline
from rotation.ledger import Books, Rights
from rotation.settings import Settings, load
from rotation.surfaces.changing import weigh
from rotation.surfaces.orders import (
    ORDERS,
    By,
    Changed,
    Channel,
    Counter,
    Made,
    NotAllowed,
    Refused,
    Unknown,
    Wrong,
    fields_of,
    perform,
    weighed,
    wish_of,
)
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
TEAMS = {"acme": "red", "bolt": "blue", "loose": None}


def build_roster() -> Roster:
    """Day shift by ana and ben in turn, night by chen; dora is on none. One group of no team."""
    names = "ana ben chen dora"
    people = {
        PersonId(who): Person(PersonId(who), who.title(), Phone(f"+3519100000{n:02}"))
        for n, who in enumerate(names.split())
    }
    shifts = {s.id: s for s in (_shift("day", 8, "ana ben"), _shift("night", 20, "chen"))}
    groups = {
        GroupId(name): Group(
            GroupId(name), AccountId("main"), ChatId(f"12036304123456700{n}@g.us"),
            tuple(shifts), mode=Mode.MANAGED, team=team,
        )
        for n, (name, team) in enumerate(TEAMS.items())
    }  # fmt: skip
    return Roster(people, shifts, groups)


def _shift(name: str, starts: int, who: str) -> Shift:
    turns = Turns(tuple(map(PersonId, who.split())), Every.DAY, 1, date(2026, 1, 5))
    ends = (starts + 12) % 24 * 60
    return Shift(
        ShiftId(name), "UTC", Hours(starts * 60, ends, int(ends <= starts * 60)),
        frozenset(range(7)), turns,
    )  # fmt: skip


class Office:
    """A rehearsed morning in memory, and whoever gives orders there."""

    def __init__(self, rehearsal: Rehearsal, settings: Settings) -> None:
        self.rehearsal = rehearsal
        self.counter = Counter(
            rehearsal.ledger, lambda: self.rehearsal.now, settings, self._in_force
        )

    @staticmethod
    def _in_force(books: Books) -> tuple[str, Timeline]:
        digest, roster = books.rosters.in_force() or ("", Roster({}, {}, {}))
        return digest, Timeline(roster)

    def ask(self, name: str, by: By, agreed: str | None = None, /, **wish: object) -> Made:
        order = ORDERS[name]
        return perform(self.counter, order, wish_of(order, wish), by, agreed)

    def gist(self, name: str, /, **wish: object) -> str:
        order = ORDERS[name]
        return weighed(self.counter, order, wish_of(order, wish)).gist

    def after(self, minutes: int) -> None:
        self.rehearsal.wake()
        self.rehearsal.run(self.rehearsal.now + timedelta(minutes=minutes))

    def inside(self, group: str) -> set[str]:
        with self.rehearsal.ledger.reading() as books:
            return {p for p, s in books.seats.of(GroupId(group)).items() if s.seen == "in"}

    def refused(self) -> list[tuple[object, ...]]:
        with self.rehearsal.ledger.reading() as books:
            return [
                (r.detail["command"], r.origin, r.group, r.detail["why"])
                for r in books.audit.list(kind="refused")
            ]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("settings")
    (folder / "rotation.toml").write_text('[accounts.main]\nprovider = "sandbox"\n')
    return load({}, config=folder / "rotation.toml", need_secrets=False)


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    roster, starts = build_roster(), MONDAY.replace(hour=8)
    world = world_for(roster, starts, instance=INSTANCE, token=TOKEN, length=timedelta(days=2))
    found = Rehearsal(world, starts)
    found.adopt(roster, "0123abcd4567")
    found.run(starts + timedelta(minutes=2))
    yield Office(found, settings)
    found.ledger.close()


def by(rights: Rights = Rights.OPERATOR, *teams: str, channel: Channel = Channel.BOARD) -> By:
    return By("mara", "Ana is ill", rights, channel, frozenset(teams))


ILL: dict[str, Any] = {"groups": ["acme"], "incoming": ["Dora"], "outgoing": ["ana"]}


def test_an_order_is_carried_out_and_can_be_undone_by_the_order_it_names(office: Office) -> None:
    made = office.ask("handover", by(), **ILL)
    assert (made.new, made.groups) == (True, ("acme",))
    office.after(2)
    assert office.inside("acme") == {"dora"}
    assert made.undo is not None
    office.ask(made.undo.order, by(), **made.undo.wish)
    office.after(2)
    assert office.inside("acme") == {"ana"}


def test_whoever_acts_from_elsewhere_is_written_down_with_the_way_they_came(office: Office) -> None:
    office.ask("handover", by(channel=Channel.API), **ILL)
    with office.rehearsal.ledger.reading() as books:
        assert {g.author for g in books.grants.all()} == {"mara (API)"}
        (record, *_) = books.audit.list(kind="granted")
        assert record.origin == "mara (API) by hand"


def test_what_is_shown_says_who_and_what_before_and_after(office: Office) -> None:
    found = weighed(office.counter, ORDERS["handover"], wish_of(ORDERS["handover"], ILL))
    assert [(row.what, row.before, row.after) for row in found.rows] == [
        ("Dora", "not in", "in, on duty until 20:00 UTC"),
        ("Ana", "in", "out until 20:00 UTC"),
    ]
    assert found.said[0].startswith("From now until 20:00 UTC Dora stands in for Ana in acme;")


EXAMPLES: dict[str, Any] = {
    "groups": ["acme"], "group": "acme", "name": "h1", "hold": 1,
    "person": "ana", "by": "ben", "other": "ben", "day": "2026-01-05", "for_day": "2026-01-06",
    "shift": "night", "begins": "2026-01-06", "until": "2026-01-09T08:00Z", "ticket": "OPS-7",
    "message": "Thank you all.", "key": "M-1",
    "rows": "key,phone,name,group,until", "receiver": "crm", "after": 1,
    "hook": "stripe", "most": 9,
}  # fmt: skip
"""What each field that has to be filled in may say."""


def example(name: str) -> dict[str, Any]:
    return {f.name: EXAMPLES[f.name] for f in fields_of(ORDERS[name]) if f.is_needed}


@pytest.mark.parametrize("rights", [Rights.VIEWER, Rights.CALENDAR])
def test_whoever_may_only_look_orders_nothing(office: Office, rights: Rights) -> None:
    for name in ORDERS:
        with pytest.raises(NotAllowed, match="takes the rights of"):
            office.ask(name, by(rights), **example(name))
    kept = office.refused()
    assert sorted(str(command) for command, *_ in kept) == sorted(ORDERS)
    assert {origin for _, origin, _, _ in kept} == {"mara (board) by hand"}
    assert all("rights" in str(why) for *_, why in kept)


@pytest.mark.parametrize("name", ["wipe", "reinstate"])
def test_a_wipe_is_an_admins_to_order_and_of_all_groups_no_single_teams(
    office: Office, name: str
) -> None:
    with pytest.raises(NotAllowed, match="takes the rights of an admin"):
        office.ask(name, by(), person="ana")
    with pytest.raises(NotAllowed, match="more than the groups of team red"):
        office.ask(name, by(Rights.ADMIN, "red"), person="ana")
    with pytest.raises(NotAllowed, match="bolt is not of team red"):
        office.ask(name, by(Rights.ADMIN, "red"), person="ana", team="blue")


def test_whoever_is_wiped_leaves_and_is_let_in_again_by_the_undo(office: Office) -> None:
    made = office.ask("wipe", by(Rights.ADMIN, "red"), person="ana", team="red")
    office.after(3)
    assert (office.inside("acme"), office.inside("bolt")) == (set(), {"ana"})
    assert made.undo is not None
    office.ask(made.undo.order, by(Rights.ADMIN), **made.undo.wish)
    office.after(3)
    assert office.inside("acme") == {"ana"}


def test_cover_moves_duty_in_every_group_and_so_takes_the_right_in_each(office: Office) -> None:
    wish = {"person": "ana", "by": "dora"}
    with pytest.raises(NotAllowed, match="bolt, loose are not of team red"):
        office.ask("cover", by(Rights.ADMIN, "red"), **wish)
    made = office.ask("cover", by(), **wish)
    assert made.groups == ("acme", "bolt", "loose")
    office.after(3)
    assert office.inside("acme") == office.inside("bolt") == {"dora"}
    assert made.undo is not None
    with pytest.raises(NotAllowed):
        office.ask("undo", by(Rights.ADMIN, "red"), **made.undo.wish)
    assert office.ask("undo", by(), **made.undo.wish).new


def test_a_change_agreed_to_before_another_one_is_asked_about_again(office: Office) -> None:
    wish = {"person": "ana", "by": "dora"}
    agreed = office.gist("cover", **wish)
    office.after(1)
    assert office.gist("cover", **wish) == agreed, "a later now is the same"
    office.ask("off", by(), person="ben", begins="2026-01-08")
    with pytest.raises(Changed):
        office.ask("cover", by(), agreed, **wish)


def test_a_swap_names_two_shifts_by_their_dates(office: Office) -> None:
    wish = {"person": "ana", "day": "2026-01-07", "other": "ben", "for_day": "2026-01-08"}
    found = weighed(office.counter, ORDERS["swap"], wish_of(ORDERS["swap"], wish))
    assert [(row.before, row.after) for row in found.rows] == [("Ana", "Ben"), ("Ben", "Ana")]
    assert found.said[0].startswith("Ana and Ben exchange two shifts: 2 stretches of duty in acme,")


def test_letting_in_and_closing_are_about_one_group(office: Office) -> None:
    red = by(Rights.OPERATOR, "red")
    let_in = office.ask("grant", red, group="acme", person="+44 7700 900123", name="Zoe",
                        ticket="OPS-7")  # fmt: skip
    assert let_in.groups == ("acme",)
    assert office.ask("resolve", red, ticket="OPS-7").undo is not None
    with pytest.raises(NotAllowed):
        office.ask("pin", red, group="bolt", person="dora")
    with pytest.raises(NotAllowed, match="an admin"):
        office.ask("close", red, group="acme", message="Bye.", everyone=True)
    assert office.ask("close", red, group="acme", message="Bye.").new
    with pytest.raises(Refused, match="acme is closed"):
        office.ask("grant", red, group="acme", person="dora", until="open")
    assert office.ask("reopen", red, ticket="acme").new


@pytest.mark.parametrize("groups", [["acme", "bolt"], ["bolt"], ["loose"]])
def test_a_token_of_a_team_acts_on_the_groups_of_that_team_only(
    office: Office, groups: list[str]
) -> None:
    red = by(Rights.ADMIN, "red")
    with pytest.raises(NotAllowed, match="not of team red"):
        office.ask("handover", red, **{**ILL, "groups": groups})
    assert office.refused()
    assert office.ask("handover", red, **ILL).new
    other = office.ask("handover", by(), **{**ILL, "groups": ["bolt"]})
    with pytest.raises(NotAllowed):
        office.ask("undo", red, name=other.name)


def test_asking_for_the_same_twice_changes_nothing(office: Office) -> None:
    first = office.ask("handover", by(), **ILL)
    office.after(1)
    again = office.ask("handover", by(), **ILL)
    assert (again.name, again.new) == (first.name, False)
    office.ask("undo", by(), name=first.name)
    assert not office.ask("undo", by(), name=first.name).new


def test_a_yes_to_what_is_so_no_more_does_nothing_and_is_kept(office: Office) -> None:
    agreed = office.gist("handover", **ILL)
    office.after(1)
    assert office.gist("handover", **ILL) == agreed, "a later now is the same"
    until = {"until": "2026-01-05T10:00Z"}
    agreed = office.gist("handover", **ILL, **until)
    with pytest.raises(Changed):
        office.ask("handover", by(), agreed, **ILL)
    with office.rehearsal.ledger.reading() as books:
        assert not books.grants.all()
    assert len(office.refused()) == 1


def test_what_speaks_against_it_is_kept_for_each_group(office: Office) -> None:
    with pytest.raises(Refused, match="cannot come and go at once") as caught:
        office.ask("handover", by(), groups=["acme", "bolt"], incoming=["ana"], outgoing=["ana"])
    assert {one.group for one in caught.value.problems} == {"acme", "bolt"}
    assert {group for _, _, group, _ in office.refused()} == {"acme", "bolt"}


@pytest.mark.parametrize(
    ("wish", "kind", "said"),
    [
        ({**ILL, "incoming": ["dorra"]}, Unknown, "there is no person `dorra`"),
        ({**ILL, "groups": []}, Wrong, "`groups` is missing"),
        ({**ILL, "at": "2026-01-05 10:00"}, Wrong, "names no zone"),
        ({**ILL, "outgoing": "ana"}, Wrong, "`outgoing` is not a list"),
        ({**ILL, "until": 5}, Wrong, "`until` is not text"),
        ({**ILL, "wenn": "now"}, Wrong, "handover has no `wenn`"),
        ({**ILL, "at": "x" * 201}, Wrong, "at most 200"),
    ],
)
def test_what_makes_no_sense_is_said_and_not_kept(
    office: Office, wish: dict[str, object], kind: type[Wrong], said: str
) -> None:
    with pytest.raises(kind, match=said) as caught:
        office.ask("handover", by(), **wish)
    assert caught.value.fix
    assert office.refused() == []


@pytest.mark.parametrize(
    ("author", "reason"), [("", "x"), ("mara", "  "), ("m" * 101, "x"), ("mara", "x" * 501)]
)
def test_nobody_orders_anything_without_a_name_and_a_reason(author: str, reason: str) -> None:
    with pytest.raises(Wrong):
        By(author, reason, Rights.ADMIN, Channel.API)


def test_numbers_and_line_breaks_in_a_reason_are_not_kept() -> None:
    found = By("ma\nra", "call +351 912 345 678", Rights.ADMIN, Channel.COMMAND)
    assert (found.author, found.reason, found.signed) == ("ma\\nra", "call ***678", "ma\\nra")


@pytest.fixture
def held(office: Office) -> Callable[[Hold, str | None], int]:
    from rotation.core.facts import HeldItem

    def hold(what: Hold, group: str | None) -> int:
        at = None if group is None else GroupId(group)
        with office.rehearsal.ledger.writing() as books:
            item = HeldItem(what, None if at else AccountId("main"), at)
            ((opened,), _) = books.holds.settle(item.account, at, (item,), office.rehearsal.now)
        return opened.id

    return hold


def test_a_hold_is_released_once_by_whoever_may(
    office: Office, held: Callable[[Hold, str | None], int]
) -> None:
    number = held(Hold.FULL, "acme")
    with pytest.raises(NotAllowed):
        office.ask("release", by(Rights.OPERATOR, "blue"), hold=number)
    assert office.ask("release", by(Rights.OPERATOR, "red"), hold=number).new
    assert not office.ask("release", by(), hold=number).new


def test_what_is_held_everywhere_is_released_by_no_single_team(
    office: Office, held: Callable[[Hold, str | None], int]
) -> None:
    number = held(Hold.SESSION, None)
    with pytest.raises(NotAllowed, match="more than the groups of team red"):
        office.ask("release", by(Rights.ADMIN, "red"), hold=number)
    assert office.ask("release", by(), hold=number).new


def test_a_hold_about_the_ledger_itself_is_an_admins_to_release(
    office: Office, held: Callable[[Hold, str | None], int]
) -> None:
    number = held(Hold.RESTORED, None)
    with pytest.raises(NotAllowed, match="takes the rights of an admin"):
        office.ask("release", by(), hold=number)
    assert office.ask("release", by(Rights.ADMIN), hold=number).new


@pytest.mark.parametrize("name", ORDERS)
def test_every_order_says_of_each_field_what_it_asks_for(name: str) -> None:
    order = ORDERS[name]
    assert [f.name for f in fields(order.wish)] == [f.name for f in fields_of(order)]
    assert all(f.label for f in fields_of(order))
    made = wish_of(order, example(name))
    assert replace(made) == made


PEOPLE = "ana ben chen dora eve"


def spread_out() -> Roster:
    """Three groups with shifts of their own; who is in one shift stands in, or by, elsewhere."""
    people = {
        PersonId(who): Person(PersonId(who), who.title(), Phone(f"+3519100000{n:02}"))
        for n, who in enumerate(PEOPLE.split())
    }
    shifts = {
        s.id: s
        for s in (
            _shift("one", 8, "ana ben"),
            _shift("two", 8, "chen"),
            _shift("three", 20, "dora"),
        )
    }
    standing_by = replace(Policy(), fallback=(PersonId("eve"), PersonId("ana")))
    groups = {
        GroupId(shift): Group(
            GroupId(shift), AccountId("main"), ChatId(f"12036304123456700{n}@g.us"),
            (ShiftId(shift),), mode=Mode.MANAGED,
            policy=standing_by if shift == "three" else Policy(),
        )
        for n, shift in enumerate(shifts)
    }  # fmt: skip
    made = {"id": 1, "made_at": MONDAY}
    stands_in = Change(Doing.COVER, PersonId("chen"), PersonId("eve"), first=date(2026, 1, 6),
                       last=date(2026, 1, 9), **made)  # fmt: skip
    extra = Change(Doing.EXTRA, PersonId("ben"), shift=ShiftId("three"), first=date(2026, 1, 7),
                   last=date(2026, 1, 8), **made)  # fmt: skip
    return Roster(people, shifts, groups, changes=(stands_in, extra))


@pytest.mark.parametrize("person", PEOPLE.split())
def test_what_a_change_moves_is_found_though_few_groups_are_laid_out_for_it(person: str) -> None:
    roster, until = spread_out(), MONDAY + timedelta(days=12)
    days = {"first": date(2026, 1, 6), "last": date(2026, 1, 8)}
    asked = [Change(Doing.OFF, PersonId(person), turn=turn, **days) for turn in WhileOff]
    asked += [
        Change(Doing.COVER, PersonId(person), PersonId(other), **days)
        for other in PEOPLE.split()
        if other != person
    ]
    asked += [Change(Doing.EXTRA, PersonId(person), shift=shift, **days) for shift in roster.shifts]
    for change in asked:
        found = weigh(roster, (), change, MONDAY)
        after = replace(roster, changes=(*roster.changes, replace(change, made_at=MONDAY)))
        whole = of_groups(Timeline(roster), Timeline(after), MONDAY, until)
        assert {g: m for g, m in found.moves.items() if m} == whole
