"""First contact: what an account's groups look like becomes a roster that does nothing yet."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rotation.core.facts import Moment, Role
from rotation.core.outcome import InDoubt, Refusal, Refused
from rotation.core.roster import EMPTY, AccountId, ChatId, Mode, Phone, Roster
from rotation.providers import GroupInfo, Member, Members, Own
from rotation.providers.in_memory import Asked, InMemory, Replied
from rotation.providers.wawp import Credentials, Wawp
from rotation.roster_file import read_snapshot
from rotation.sandbox import Request, SteppedClock, World
from rotation.settings import Settings, load
from rotation.surfaces.calls import Calls
from rotation.surfaces.draft import Draft, draft
from rotation.surfaces.linking import Asking, Room

MAIN = AccountId("main")
US = Own(Phone("+15550100999"), "90088880000111")
ANA, BEN, CARA = Phone("+351912345678"), Phone("+6591234567"), Phone("+4917112345678")
DAY = "2026-01-05"


def chat(number: int) -> ChatId:
    return ChatId(f"120363041234567{number:03}@g.us")


def member(phone: Phone | None, role: Role = Role.MEMBER, lid: str | None = None) -> Member:
    return Member(phone, lid, role)


OURS = Member(US.phone, US.lid, Role.ADMIN)


def room(number: int, subject: str, *people: Member) -> Room:
    return Room(chat(number), subject, Members((OURS, *people)))


def read_text(text: str) -> Roster:
    return read_snapshot((("linked.yaml", text.encode()),))


def drafted(*rooms: Room, roster: Roster = EMPTY) -> tuple[Draft, Roster]:
    found = draft(MAIN, US, rooms, roster, DAY)
    return found, read_text(found.text)


def test_a_draft_is_a_roster_in_which_every_group_is_only_watched() -> None:
    found, roster = drafted(
        room(1, "Acme VIP", member(ANA), member(BEN)),
        room(2, "Globex: support", member(ANA), member(CARA)),
    )
    assert {g.id: (g.chat, g.account, g.mode) for g in roster.groups.values()} == {
        "acme-vip": (chat(1), MAIN, Mode.WATCH),
        "globex-support": (chat(2), MAIN, Mode.WATCH),
    }
    assert not any(roster.rostered(group) for group in roster.groups)
    assert found.groups == ("acme-vip", "globex-support")
    assert "# Acme VIP: 2 members beside us; we are an admin" in found.text


def test_who_is_in_several_groups_is_a_person_and_who_is_in_one_stands_behind_a_hash() -> None:
    found, roster = drafted(
        room(1, "Acme", member(ANA), member(BEN)), room(2, "Globex", member(ANA), member(CARA))
    )
    assert {p.phone for p in roster.people.values()} == {ANA}
    assert (found.people, found.behind) == (1, 2)
    opened = read_text(found.text.replace("#  person", "  person"))
    assert {p.phone for p in opened.people.values()} == {ANA, BEN, CARA}


def test_a_draft_of_single_customers_is_opened_by_taking_the_hashes_away() -> None:
    found, roster = drafted(room(1, "Acme", member(BEN)))
    assert not roster.people
    opened = read_text(found.text.replace("#people", "people").replace("#  person", "  person"))
    assert {p.phone for p in opened.people.values()} == {BEN}


def test_our_own_account_is_nobody_in_a_draft() -> None:
    hidden = Member(None, US.lid, Role.ADMIN)
    found = draft(MAIN, US, [Room(chat(1), "Acme", Members((hidden, member(BEN))))], EMPTY, DAY)
    assert US.phone is not None
    assert US.phone not in found.text
    assert "1 member beside us; we are an admin" in found.text
    assert found.hidden == 0


def test_whoever_shows_no_number_is_counted_and_no_person() -> None:
    found, roster = drafted(
        room(1, "Acme", member(None, lid="771"), member(ANA)),
        room(2, "Globex", member(None, lid="771"), member(ANA)),
    )
    assert found.hidden == 2
    assert "2 members beside us, 1 of them without a number" in found.text
    assert len(roster.people) == 1


def test_people_of_the_roster_keep_their_names_and_are_not_drafted_again() -> None:
    known = read_text(f'people:\n  ana: {{name: Ana Reis, phone: "{ANA}"}}\n')
    found = draft(
        MAIN, US, [room(1, "Acme", member(ANA)), room(2, "Globex", member(ANA))], known, DAY
    )
    assert found.people == 0
    assert found.text.count("  #   ana\n") == 2


def test_two_people_or_groups_of_one_name_are_told_apart() -> None:
    one, two = Phone("+351910005678"), Phone("+351920005678")
    _, roster = drafted(
        room(1, "Acme", member(one), member(two)), room(2, "ACME!", member(one), member(two))
    )
    assert set(roster.groups) == {"acme", "acme-2"}
    assert set(roster.people) == {"person-5678", "person-5678-2"}


def test_a_group_where_we_are_no_admin_is_drafted_with_that_said() -> None:
    ours = Member(US.phone, US.lid, Role.MEMBER)
    found = draft(MAIN, US, [Room(chat(1), "Acme", Members((ours, member(ANA))))], EMPTY, DAY)
    assert "we are no admin, so nothing could be done" in found.text


def test_a_group_that_could_not_be_read_is_named_and_left_out() -> None:
    lost = Room(chat(2), "Globex", Refused(Refusal.GROUP_GONE, "no such group"))
    found, roster = drafted(room(1, "Acme", member(ANA)), lost)
    assert set(roster.groups) == {"acme"}
    assert found.unread == (("Globex", "refused (group gone): no such group"),)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
@example(["true", "null", "1.0", "0x1", "~"])
@example(["\n    mode: managed", "# x: &a", "\u202eevil", "}"])
def test_whatever_a_group_is_called_the_draft_reads_as_what_was_meant(subjects: list[str]) -> None:
    rooms = [room(n, s, member(ANA), member(BEN)) for n, s in enumerate(subjects)]
    found, roster = drafted(*rooms)
    assert sorted(g.chat for g in roster.groups.values()) == [r.chat for r in rooms]
    assert all(g.mode is Mode.WATCH for g in roster.groups.values())
    assert {p.phone for p in roster.people.values()} == ({ANA, BEN} if _several(rooms) else set())
    assert len(found.groups) == len(rooms)


def _several(rooms: list[Room]) -> bool:
    return len(rooms) > 1


# ---- reading


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "rotation.toml").write_text(
        '[accounts.main]\nprovider = "sandbox"\nrequests_per_minute = 5\n'
    )
    (tmp_path / "rotation.toml").chmod(0o600)
    return load({}, folder=tmp_path)


class Passing:
    """A clock that a pause moves on."""

    def __init__(self) -> None:
        self.now = Moment(datetime(2026, 1, 5, 8, tzinfo=UTC), "boot", 1000.0)
        self.pauses = 0

    def __call__(self) -> Moment:
        return self.now

    def passes(self, by: timedelta) -> None:
        self.pauses += 1
        later = self.now.uptime + by.total_seconds()
        self.now = Moment(self.now.at + by, self.now.boot, later)


def asking(
    settings: Settings, time: Passing, reply: Callable[[Asked], Replied]
) -> tuple[Asking, Calls]:
    account = settings.accounts[MAIN]
    calls = Calls(account, time, None, 0, "link")
    wawp = Wawp(
        lambda: Credentials(account.instance_id, account.token),
        lambda: time().at,
        transport=InMemory(reply),
        transcript=calls.note,
    )
    return Asking(wawp, calls, lambda: time.passes(calls.wait())), calls


def test_many_groups_are_read_at_the_pace_of_the_account_and_all_of_them(
    settings: Settings,
) -> None:
    account = settings.accounts[MAIN]
    world = World.from_dict(
        {
            "accounts": [
                {
                    "instance_id": account.instance_id,
                    "token": account.token.reveal(),
                    "phone": US.phone,
                }
            ],
            "people": [{"phone": ANA}, {"phone": BEN}],
            "groups": [
                {"chat": chat(n), "subject": f"Desk {n}", "creator": BEN, "admins": [US.phone],
                 "members": [ANA]}
                for n in range(12)
            ],
        },
        clock=SteppedClock(datetime(2026, 1, 5, 8, tzinfo=UTC)),
    )  # fmt: skip

    times: list[float] = []
    time = Passing()

    def reply(asked: Asked) -> Replied:
        times.append(time().uptime)
        answer = world.handle(Request.to(asked.method, asked.target, asked.headers, asked.body))
        return Replied(answer.status, answer.headers, answer.body)

    asked, _ = asking(settings, time, reply)
    own, groups = asked.own(), asked.groups()
    assert isinstance(own, Own)
    assert isinstance(groups, tuple)
    said: list[str] = []
    rooms = list(asked.rooms(groups, said.append))
    assert len(rooms) == 12
    assert {p.phone for r in rooms for p in r.others(own)} == {ANA, BEN}
    assert said[-1] == "reading group 12 of 12: Desk 11"
    most = max(sum(at <= other < at + 60 for other in times) for at in times)
    assert most <= 5
    assert time.pauses >= 2


def test_a_room_in_doubt_is_asked_for_otherwise_and_then_named(settings: Settings) -> None:
    asked, _ = asking(settings, Passing(), lambda _asked: Replied(404, {}, b""))
    (found,) = asked.rooms((GroupInfo(chat(1), "Acme", None),), lambda _text: None)
    assert not isinstance(found.members, Members)
    assert not (isinstance(found.members, InDoubt) and found.members.again)
