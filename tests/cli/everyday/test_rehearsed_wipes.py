"""wipe --rehearse: the wipe on a copy comes out as the real one does, and nothing of it is done."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import AccountState, GroupState, Listing, Seat, Seen
from rotation.core.holds import Hold
from rotation.core.roster import EMPTY, AccountId, ChatId, GroupId, PersonId, Phone, Roster
from rotation.engine import wipes
from rotation.ledger import file_lock
from rotation.wiring.example import OWN_PHONE

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Watch: TypeAlias = Any
"""Likewise: an office whose daemon runs."""

CHEN, DRIP, GROUPS = "+351910000002", 8, 50
WHY = ("--reason", "left the firm", "--author", "mara", "--yes")


def of_fifty(roster: Roster) -> Roster:
    acme = roster.groups[GroupId("acme")]
    names = [GroupId(f"g{n:02}") for n in range(GROUPS)]
    chats = {name: ChatId(f"12036304123457{n:04}@g.us") for n, name in enumerate(names)}
    groups = {name: replace(acme, id=name, chat=chat, always_in=()) for name, chat in chats.items()}
    return replace(roster, groups=groups)


def with_chen(world: Any) -> None:  # noqa: ANN401 - a world's plain data
    """Chen is in all groups: two of them are his, and in one we are no admin."""
    for made in world["groups"]:
        made["members"] = [CHEN, "+15550100002"]
    for made in world["groups"][:2]:
        made |= {"creator": CHEN, "members": ["+15550100002"]}
    world["groups"][2] |= {"admins": [], "members": [CHEN, OWN_PHONE]}


@pytest.mark.slow
@pytest.mark.promise("P-wipe-proof")
def test_fifty_groups_come_out_as_rehearsed_and_never_later_than_two_minutes_after_the_drip(
    watched: Callable[..., Watch], roster: Roster
) -> None:
    watch = watched(of_fifty(roster), starts="11:55", change=with_chen)
    dry = watch.office.json("wipe", "chen", "--dry-run", at=watch.rehearsal.now)
    found = watch.office.json("wipe", "chen", "--rehearse", at=watch.rehearsal.now, ends=1)
    assert found["minutes"] <= dry["minutes"] <= ceil(GROUPS / DRIP) + 2
    assert (found["groups"], dry["groups"]) == (GROUPS, GROUPS)
    assert sum(found["calls"].values()) <= dry["calls"]
    assert (found["calls"]["removals"], found["calls"]["resets"]) == (GROUPS - 3, GROUPS - 3)
    since = watch.rehearsal.now
    assert watch.run("wipe", "chen", *WHY).exit_code == 0
    watch.wait(since + timedelta(minutes=found["minutes"] + 1))
    real = watch.office.json("wipe", "chen", "--report", at=watch.rehearsal.now, ends=1)
    assert real["state"] == "waits for people"
    same = ("groups", "removed", "was_not_in", "by_hand", "to_go")
    assert [found[name] for name in same] == [real[name] for name in same]
    assert [held["where"] for held in found["by_hand"]] == ["g00", "g01", "g02"]
    took = datetime.fromisoformat(real["done_at"]) - datetime.fromisoformat(real["since"])
    assert found["minutes"] == ceil(took / timedelta(minutes=1))
    assert len(found["uncovered"]) == GROUPS, "nobody else is on duty"


# -- nothing is done ------------------------------------------------------------------------------


@pytest.fixture
def server(office: Office) -> Iterator[socket.socket]:
    """Where the account's provider would be asked."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.setblocking(False)
        _, port = found.getsockname()
        office.config.write_text(
            f'[accounts.main]\nprovider = "sandbox"\nbase_url = "http://127.0.0.1:{port}"\n'
        )
        yield found


def test_a_rehearsal_says_what_would_be_sends_nothing_and_writes_nothing(
    office: Office, server: socket.socket
) -> None:
    before, onlooker = digest(office), office.ledger()
    pulse = onlooker.pulse()
    with file_lock(office.url):  # a daemon runs
        text = office.text("wipe", "chen", "--rehearse")
    assert text.splitlines()[:3] == [
        "Chen, rehearsed on a copy: would be proven out",
        "  about 1 min for 3 groups",
        "  5 reads, 2 removals, 2 invite links reset, 4 list pages, 0 other calls",
    ]
    assert "  would be removed from 2: acme, bolt" in text
    assert "  is not in 1: trial" in text
    assert "  leaves nobody on duty in 2: acme, bolt" in text
    assert text.splitlines()[-1] == "Nothing was sent, and nothing was written down."
    with pytest.raises(BlockingIOError):
        server.accept()
    assert (onlooker.pulse(), digest(office)) == (pulse, before)
    onlooker.close()


def digest(office: Office) -> str:
    """Of the ledger's file, and of what was written since it was last tidied."""
    files = sorted(Path(office.folder).glob("rotation.db*"))
    whole = b"".join(path.read_bytes() for path in files if not path.name.endswith("-shm"))
    return hashlib.sha256(whole).hexdigest()


# -- who, and by whom -----------------------------------------------------------------------------


def test_a_number_that_nobody_has_is_said_to_be_one(office: Office) -> None:
    text = office.text("wipe", "+44 7700 900123", "--rehearse")
    assert text.startswith("the number +447700900123, rehearsed on a copy: would be proven out")
    assert "not known: where this number is in: nobody goes by it" in text
    found = office.json("wipe", "+44 7700 900123", "--rehearse")
    assert (found["removed"], len(found["was_not_in"]), found["proven"]) == ([], 3, True)
    with office.ledger().reading() as books:
        assert books.people.find(Phone("+447700900123")) is None


def test_who_is_a_leaver_already_is_shown_and_not_rehearsed(office: Office) -> None:
    office.run("wipe", "chen", *WHY, "--no-wait")
    text = office.text("wipe", "chen", "--rehearse")
    assert text.splitlines()[:2] == [
        "Chen is a leaver already, so there is nothing to rehearse.",
        "Chen: running",
    ]
    assert office.json("wipe", "chen", "--rehearse")["report"]["person"] == "chen"
    office.run("reinstate", "chen", "--reason", "a mistake")
    assert "rehearsed on a copy" in office.text("wipe", "chen", "--rehearse")


def test_no_second_person_and_no_reason_is_needed(office: Office) -> None:
    settings = office.config.read_text()
    office.config.write_text(f'wipe_approval = "two"\n{settings}')
    assert office.json("wipe", "chen", "--rehearse")["proven"]


def test_without_any_account_there_is_nothing_to_rehearse(office: Office) -> None:
    office.config.write_text('wipe_approval = "two"\n')
    found = office.run("wipe", "chen", "--rehearse")
    assert (found.exit_code, "name no account" in found.stderr) == (2, True)


def test_out_of_one_team_only_its_groups_are_looked_at(office: Office) -> None:
    assert office.run("wipe", "chen", "--rehearse", "--team", "support").exit_code == 2
    ledger = office.ledger()
    with ledger.writing() as books:
        _, known = books.rosters.in_force() or ("", EMPTY)
        acme = replace(known.groups[GroupId("acme")], team="support")
        groups = {**known.groups, acme.id: acme}
        books.rosters.adopt(replace(known, groups=groups), "teams", office.at, "2026c")
    ledger.close()
    found = office.json("wipe", "chen", "--rehearse", "--team", "support")
    assert (found["team"], found["groups"], found["removed"]) == ("support", 1, ["acme"])
    assert found["calls"]["lists"] == 0
    assert [one for one in found["unknown"] if "that no roster names" in one] == []


# -- what the ledger remembers --------------------------------------------------------------------


def save(office: Office, *states: AccountState | GroupState) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        for state in states:
            if isinstance(state, AccountState):
                books.accounts.save(state)
            else:
                books.groups.save(state)
    ledger.close()


def remembered(office: Office, group: str) -> GroupState:
    ledger = office.ledger()
    with ledger.reading() as books:
        found: GroupState | None = books.groups.state(GroupId(group))
    ledger.close()
    assert found is not None
    return found


def test_what_was_in_the_way_is_in_the_way_and_what_nobody_knows_is_said(office: Office) -> None:
    acme, bolt, trial = (remembered(office, name) for name in ("acme", "bolt", "trial"))
    never = GroupState(trial.group, trial.account, trial.due)
    gone = replace(acme, hold=Hold.GROUP_GONE, hold_since=office.at)
    save(office, gone, replace(bolt, size=40, unresolved=2), never)
    found = office.json("wipe", "chen", "--rehearse", ends=1)
    assert found["removed"] == ["bolt"], "a list as long as it was is believed"
    held = {one["where"]: one["why"] for one in found["by_hand"]}
    assert "our account is not in it" in held["acme"]
    assert "who is in trial: never read so far" in found["unknown"]
    assert "who is behind an id without a number in bolt (2)" in found["unknown"]
    held = office.json("wipe", "aiko", "--rehearse", ends=1)["by_hand"]
    assert [one["where"] for one in held] == ["acme", "bolt"], "aiko may be behind an id"


def test_a_group_that_a_list_named_is_swept_as_well(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        main, chat = AccountId("main"), ChatId("120363041299990001@g.us")
        wipes.begin(books, PersonId("dora"), "mara", "left", office.at)
        books.found.add(main, {chat: "Old friends"}, office.at)
        books.found.save(Listing(main, listed_at=office.at))
        (found,) = books.found.groups()
        books.groups.save(GroupState(found.group, main, office.at))
        books.seats.save(Seat(found.group, PersonId("chen"), Seen.IN))
    ledger.close()
    removed = office.json("wipe", "chen", "--rehearse")["removed"]
    assert removed == [f"Old friends ({found.group})", "acme", "bolt"]


@pytest.mark.parametrize(
    ("why", "session"), [(Hold.SESSION, "SCAN_QR_CODE"), (Hold.CREDENTIALS, "WORKING")]
)
def test_an_account_that_stands_still_does_so_in_the_rehearsal(
    office: Office, why: Hold, session: str
) -> None:
    with office.ledger().reading() as books:
        state = books.accounts.state(AccountId("main"))
    stopped = {"paused_why": why, "paused_since": office.at, "session": session}
    save(office, replace(state, **stopped))
    found = office.json("wipe", "chen", "--rehearse", ends=1)
    assert found["removed"] == []
    assert {one["where"] for one in found["by_hand"]} == {"account main", "acme", "bolt", "trial"}


def test_every_account_is_rehearsed_and_none_waits_for_another(office: Office) -> None:
    settings = office.config.read_text()
    spare = '[accounts.spare]\nprovider = "sandbox"\ninstance_id = "5A9D0B0C1235"\n'
    office.config.write_text(f"{settings}{spare}")
    found = office.json("wipe", "chen", "--rehearse")
    assert (found["groups"], found["removed"]) == (3, ["acme", "bolt"])
    assert found["calls"]["lists"] == 4 + 3, "a list without a group is over a page sooner"
    assert (
        "groups of account spare that no roster names: its list is read in a wipe only"
        in (found["unknown"])
    )
