"""The doctor names what is wrong and what to do, only reads, keeps to the budget, tells nothing."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner, Result

from rotation.core.facts import HeldItem, Moment
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, Roster
from rotation.engine import adopt
from rotation.ledger import (
    RESTORED_AT,
    Ledger,
    Replica,
    ServerFacts,
    file_lock,
    head,
    upgrade,
)
from rotation.providers.in_memory import Asked, InMemory, Replied
from rotation.providers.wawp import Credentials, CredentialStyle, Endpoint, Exchanged, Wawp
from rotation.roster_file import digest, read
from rotation.sandbox import Request, SteppedClock, World
from rotation.settings import Account, Settings, load
from rotation.surfaces.cli.frame import app
from rotation.surfaces.doctor import Check, Level, Means, examine
from rotation.surfaces.doctor.server import compared, wrong
from rotation.surfaces.doctor.zones import zones
from rotation.wiring import RealClock
from rotation.zone_data import Source, ZoneData, use_newest

TOKEN = "cnry-Zq7Kw93bTx41mPv"  # noqa: S105 - a canary: it must never be seen again
INSTANCE = "9F3A7C21E8BD"
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
US, CREATOR, ANA, BEN = "+15550100999", "+15550100001", "+351912345678", "+6591234567"
ACME, BRIO = "120363041234567001@g.us", "120363041234567002@g.us"
FRESH = ZoneData("2026f", Source.PACKAGE, "2026f", None, NOW.date())

SETTINGS = f"""\
[accounts.main]
instance_id = "{INSTANCE}"
base_url = "http://127.0.0.1:9"
token_file = "secrets/main.token"
[alerts]
command = ["true"]
"""
ROSTER = f"""\
tell: [ana]
people:
  ana: {{name: Ana Reis, phone: "{ANA}"}}
  ben: {{name: Ben Lim, phone: "{BEN}"}}
shifts:
  day: {{zone: Asia/Singapore, hours: all day, everyone: [ana, ben]}}
groups:
  acme: {{account: main, chat: {ACME}, shifts: [day], mode: managed}}
  brio: {{account: main, chat: {BRIO}, shifts: [day], mode: watch}}
"""
Json: TypeAlias = Any
"""Whatever an answer holds; tests look into it freely."""


def world(**more: object) -> dict[str, object]:
    groups = [
        {"chat": chat, "creator": CREATOR, "admins": [US], "members": [ANA]}
        for chat in (ACME, BRIO)
    ]
    return {
        "accounts": [
            {"instance_id": INSTANCE, "token": TOKEN, "phone": US, "lid": "90088880000111"}
        ],
        "people": [
            {"phone": CREATOR, "lid": "91088880000111"},
            {"phone": ANA, "lid": "90188880000111"},
            {"phone": BEN, "lid": "90288880000111"},
        ],
        "groups": groups,
        **more,
    }


@dataclass
class Place:
    """A folder with settings, rosters and a token, and the world that its account is in."""

    folder: Path
    world: World
    environ: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    reply: Callable[[Asked], Replied] | None = None

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'rotation.db'}"

    @property
    def settings(self) -> Settings:
        return load(self.environ, folder=self.folder, need_secrets=False)

    @property
    def roster(self) -> Roster:
        return read(self.folder / "schedules")

    def write(self, name: str, text: str, old: str = "") -> None:
        """A file, or one text in it in place of another."""
        path = self.folder / name
        if old:
            assert old in path.read_text()
            text = path.read_text().replace(old, text)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)

    def examine(self, **more: object) -> list[Check]:
        means = Means(lambda: Moment(NOW, "boot", 1000.0), FRESH, self.connect)
        return list(examine(self.settings, replace(means, **more)))

    def found(self, name: str, **more: object) -> Check:
        """The worst that is said under this name."""
        order = [Level.BAD, Level.WARN, Level.OK]
        checks = [c for c in self.examine(**more) if c.name == name]
        assert checks, f"nothing is said of {name}"
        return min(checks, key=lambda c: order.index(c.level))

    def connect(
        self,
        account: Account,
        clock: Callable[[], Moment],
        record: Callable[[Exchanged], None] | None,
    ) -> Wawp:
        return Wawp(
            lambda: Credentials(account.instance_id, account.token),
            lambda: clock().at,
            Endpoint(account.base_url, CredentialStyle(account.credentials)),
            transport=InMemory(self._reply),
            transcript=record,
        )

    def _reply(self, asked: Asked) -> Replied:
        self.asked.append(asked)
        if self.reply is not None:
            return self.reply(asked)
        answer = self.world.handle(
            Request.to(asked.method, asked.target, asked.headers, asked.body)
        )
        return Replied(answer.status, answer.headers, answer.body)

    def post(self, target: str, body: Mapping[str, object]) -> None:
        answer = self.world.handle(
            Request.to("POST", f"/sandbox/{target}", {}, json.dumps(body).encode())
        )
        assert answer.status == 200, answer.body

    def ledger(self) -> Ledger:
        upgrade(self.url)
        return Ledger(self.url)


MakePlace: TypeAlias = Callable[..., Place]


@pytest.fixture
def place(tmp_path: Path) -> MakePlace:
    """Makes the place; words change the world."""
    use_newest()

    def make(**more: object) -> Place:
        built = Place(tmp_path, World.from_dict(world(**more), clock=SteppedClock(NOW)))
        built.write("rotation.toml", SETTINGS)
        built.write("schedules/desk.yaml", ROSTER)
        built.write("secrets/main.token", f"{TOKEN}\n")
        return built

    return make


def worst(checks: list[Check]) -> list[tuple[Level, str]]:
    """What is not well."""
    return [(check.level, check.name) for check in checks if check.level is not Level.OK]


# ---- all is well


def test_where_all_is_well_nothing_is_complained_of(place: MakePlace) -> None:
    checks = place().examine()
    assert worst(checks) == []
    assert {
        *("versions", "settings", "secret accounts.main.token", "alerts", "ledger"),
        *("roster files", "zone data", "zones", "group acme", "group brio"),
        *(f"account main: {about}" for about in ("server", "credentials", "session", "clock")),
        *("account main: own ids", "account main: groups"),
    } <= {check.name for check in checks}


def test_a_first_look_finds_no_ledger_and_makes_none(place: MakePlace) -> None:
    here = place()
    before = sorted(here.folder.rglob("*"))
    found = here.found("ledger")
    assert found.level is Level.OK
    assert "none yet" in found.found
    assert sorted(here.folder.rglob("*")) == before


def test_the_doctor_changes_nothing_in_the_world(place: MakePlace) -> None:
    here = place()
    state = here.world.handle(Request.to("GET", "/sandbox/state", {}, b""))
    here.examine()
    after = here.world.handle(Request.to("GET", "/sandbox/state", {}, b""))
    groups = [json.loads(answer.body)["groups"] for answer in (state, after)]
    assert groups[0] == groups[1]
    assert {a.target.partition("?")[0] for a in here.asked if a.method == "POST"} == {
        "/v2/session/info"
    }


def test_every_complaint_says_what_to_do(place: MakePlace) -> None:
    here = place(settings={"accepts": ["bearer"]})
    here.write("schedules/desk.yaml", "tell: [eve]", old="tell: [ana]")
    (here.folder / "secrets" / "main.token").chmod(0o644)
    checks = here.examine()
    assert len(worst(checks)) >= 3
    assert [c for c in checks if c.level is not Level.OK and not c.what_to_do] == []


# ---- this machine


def test_a_token_others_can_read_is_bad(place: MakePlace) -> None:
    here = place()
    (here.folder / "secrets" / "main.token").chmod(0o644)
    found = here.found("secret accounts.main.token")
    assert found.level is Level.BAD
    assert "read by others (mode 0644)" in found.found
    assert "chmod 600" in found.what_to_do


def test_without_a_token_nobody_is_asked(place: MakePlace) -> None:
    here = place()
    (here.folder / "secrets" / "main.token").unlink()
    assert here.found("secret accounts.main.token").level is Level.BAD
    assert here.found("account main: not looked at").level is Level.WARN
    assert here.asked == []


def test_an_alert_command_that_is_not_there_is_bad(place: MakePlace) -> None:
    here = place()
    here.write("rotation.toml", '["nowhere-to-be-found"]', old='["true"]')
    assert here.found("alerts").level is Level.BAD


def test_it_is_remarked_on_when_nobody_is_told(place: MakePlace) -> None:
    here = place()
    here.write("rotation.toml", "", old='command = ["true"]')
    assert "a lost session cuts off" in here.found("alerts").found
    here.write("schedules/desk.yaml", "", old="tell: [ana]")
    assert here.found("alerts").found == "nobody is told when something needs a person"


def test_roster_files_with_errors_are_named_without_numbers(place: MakePlace) -> None:
    here = place()
    here.write("schedules/desk.yaml", f"{ANA}x", old=ANA)
    found = here.found("roster files")
    assert found.level is Level.BAD
    assert "desk.yaml:3:" in found.found
    assert ANA[1:] not in found.found


def test_an_account_that_only_the_roster_knows_is_bad(place: MakePlace) -> None:
    here = place()
    here.write("schedules/desk.yaml", "brio: {account: other", old="brio: {account: main")
    found = here.found("roster")
    assert found.level is Level.BAD
    assert found.found == "brio: the settings know no account other"


@pytest.mark.parametrize(
    ("days", "level"), [(60, Level.OK), (61, Level.WARN), (None, Level.OK), (-3, Level.OK)]
)
def test_zone_data_older_than_sixty_days_is_remarked_on(days: int | None, level: Level) -> None:
    updated = None if days is None else NOW.date() - timedelta(days=days)
    data = ZoneData("2025b", Source.SYSTEM, "2025a", "2025b", updated)
    (found,) = zones(data, None, NOW)
    assert found.level is level
    assert "2025b from the system (package 2025a, system 2025b)" in found.found


# ---- the ledger


def test_a_ledger_of_a_newer_rotation_is_bad(place: MakePlace) -> None:
    here = place()
    here.ledger().close()
    with closing(sqlite3.connect(here.folder / "rotation.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    found = here.found("ledger")
    assert found.level is Level.BAD
    assert "schema 9999" in found.found


def test_a_ledger_that_is_none_is_bad_and_the_rest_is_still_looked_at(place: MakePlace) -> None:
    here = place()
    here.write("rotation.db", "no database" * 100)
    checks = here.examine()
    assert worst(checks) == [(Level.BAD, "ledger")]
    assert "group acme" in {check.name for check in checks}


@pytest.fixture
def on_server(place: MakePlace, postgres: Json) -> Callable[[str], Place]:
    """Makes a place whose ledger is a database of that URL."""

    def make(url: str) -> Place:
        here = place()
        here.write("rotation.toml", f'database_url = "{url}"\n{SETTINGS}')
        return here

    return make


def test_a_ledger_on_a_server_is_told_with_its_version(
    on_server: Callable[[str], Place], postgres: Json
) -> None:
    with postgres.database() as url:
        here = on_server(url)
        said = [c for c in here.examine() if c.name in ("ledger", "daemon")]
        with file_lock(url):
            assert re.match(r"runs: process \d+ on .* since 20", here.found("daemon").found)
    name = re.escape(url.partition("?")[0])
    assert re.fullmatch(
        rf"{name}, PostgreSQL \d+\.\d+.*, \d+\.\d MB, schema {head()}", said[0].found
    )
    # The server of the tests trades safety for speed, and is told of.
    assert [(c.level, c.what_to_do) for c in said[1:2]] == [
        (Level.WARN, "set both to on in postgresql.conf")
    ]
    assert said[2].level is Level.OK


@pytest.mark.promise("F4")
def test_a_clock_that_differs_from_that_of_the_ledgers_server_is_told_of(
    on_server: Callable[[str], Place], postgres: Json
) -> None:
    clock = RealClock()
    with postgres.database() as url:
        here = on_server(url)
        upgrade(url)
        assert here.found("ledger's clock", clock=clock).level is Level.OK
        found = here.found("ledger's clock")
    assert found.level is Level.BAD
    assert re.search(r"is \d+ s ahead of ours; removals are held", found.found)
    assert "NTP" in found.what_to_do or "clock" in found.what_to_do


@pytest.mark.parametrize(
    ("ahead", "level"), [(9, Level.OK), (11, Level.WARN), (-30, Level.WARN), (-61, Level.BAD)]
)
def test_clocks_a_little_apart_are_remarked_on_and_far_apart_they_are_bad(
    ahead: int, level: Level
) -> None:
    assert compared(timedelta(seconds=ahead)).level is level


@pytest.mark.promise("P-replicas")
def test_a_replica_that_is_held_back_or_has_other_files_is_told_of(
    on_server: Callable[[str], Place], postgres: Json
) -> None:
    with postgres.database() as url:
        ledger = Ledger(url)
        with ledger.writing() as books:
            for name, files, why in (("a", "", ""), ("b", "3f9c", ""), ("c", "", "older")):
                books.leases.sign(
                    Replica(name, f"{name} on vm", "1", "2026c", (), files, why, 1, NOW, NOW)
                )
        ledger.close()
        said = [c for c in on_server(url).examine() if c.name == "replicas"]
    assert [(c.level, c.found) for c in said] == [
        (Level.WARN, "b on vm has roster files 3f9c, which are not in force"),
        (Level.WARN, "c on vm stands by: older"),
    ]


def test_a_server_without_a_ledger_yet_or_any_more_is_told_so(
    on_server: Callable[[str], Place], postgres: Json
) -> None:
    with postgres.database("template1") as url:
        checks = [c for c in on_server(url).examine() if c.name == "ledger"]
        assert checks[0].level is Level.OK
        assert "none yet in" in checks[0].found
    gone = on_server(url).found("ledger")
    assert gone.level is Level.BAD
    assert "does not exist" in gone.found
    assert gone.what_to_do.startswith("check that the server runs")


def test_a_user_who_may_not_make_tables_is_told_what_to_do(
    on_server: Callable[[str], Place], postgres: Json
) -> None:
    with postgres.database("template1") as url:
        postgres.does("CREATE ROLE guest LOGIN")
        found = on_server(url.replace("rotation@", "guest@")).found("ledger")
        postgres.does("DROP ROLE guest")
    assert (found.level, found.found) == (Level.BAD, "guest may not make tables in the database")
    assert "OWNER TO" in found.what_to_do


WELL = ServerFacts("16.2", 16, 10**7, "UTF8", "me", is_safe=True, is_private=True, may_create=True)


@pytest.mark.parametrize(
    ("changed", "level", "said"),
    [
        ({}, None, ""),
        ({"version": "13.1", "major": 13}, Level.BAD, "PostgreSQL 13.1 is too old"),
        ({"encoding": "SQL_ASCII"}, Level.BAD, "is kept in SQL_ASCII"),
        ({"is_safe": False}, Level.WARN, "a power cut can lose all of it"),
        ({"is_private": False}, Level.WARN, "travel to its server unencrypted"),
    ],
)
def test_what_is_wrong_with_a_server_is_named(
    changed: Mapping[str, Any], level: Level | None, said: str
) -> None:
    found = list(wrong(replace(WELL, **changed), is_made=True))
    assert [check.level for check in found] == ([level] if level else [])
    assert all(said in check.found and check.what_to_do for check in found)


def test_a_running_daemon_is_named(place: MakePlace) -> None:
    here = place()
    here.ledger().close()
    with file_lock(here.url):
        found = here.found("daemon")
    assert found.level is Level.OK
    assert re.match(r"runs: process \d+ on ", found.found)


@pytest.mark.slow
def test_a_ledger_that_was_in_use_and_has_no_daemon_is_remarked_on(place: MakePlace) -> None:
    here = place()
    ledger = here.ledger()
    assert here.found("daemon").level is Level.OK
    adopt(ledger, here.roster, digest(here.roster), NOW, "2026f")
    ledger.close()
    assert here.found("daemon").level is Level.WARN
    assert here.found("roster in force").level is Level.OK


def test_files_that_are_not_in_force_are_remarked_on(place: MakePlace) -> None:
    here = place()
    ledger = here.ledger()
    adopt(ledger, here.roster, digest(here.roster), NOW, "2026f")
    ledger.close()
    here.write("schedules/desk.yaml", "everyone: [ana]", old="everyone: [ana, ben]")
    assert here.found("roster in force").level is Level.WARN


def test_what_waits_for_a_person_is_remarked_on(place: MakePlace) -> None:
    here = place()
    ledger = here.ledger()
    with ledger.writing() as books:
        books.meta.put(RESTORED_AT, "2026-01-05T07:00:00.000000Z")
        books.holds.settle(None, None, (HeldItem(Hold.ROSTER, detail="x"),), NOW)
    ledger.close()
    assert here.found("holds").found == "1 in force: roster"
    assert "restored from a backup at 2026-01-05T07:00:00Z" in here.found("ledger").found


# ---- the account


def test_a_server_that_gives_no_answer_is_asked_once_and_not_again(place: MakePlace) -> None:
    here = place(faults=[{"fault": "outage"}])
    checks = here.examine()
    assert (Level.BAD, "account main: server") in worst(checks)
    assert (Level.WARN, "account main: not looked at") in worst(checks)
    assert (Level.WARN, "account main: groups") in worst(checks)
    assert len(here.asked) == 1


def test_a_wrong_token_is_bad_in_every_style(place: MakePlace) -> None:
    here = place()
    here.write("secrets/main.token", "another-token\n")
    found = here.found("account main: credentials")
    assert (found.level, found.found) == (Level.BAD, "the server takes the token in no way")


def test_the_style_that_works_is_named(place: MakePlace) -> None:
    here = place(settings={"accepts": ["bearer"]})
    found = here.found("account main: credentials")
    assert found.level is Level.BAD
    assert found.what_to_do == 'set credentials = "bearer" in [accounts.main]'
    here.write("rotation.toml", 'credentials = "bearer"\n[alerts]', old="[alerts]")
    assert worst(here.examine()) == []


def test_the_token_goes_into_no_url_unless_it_is_set_so(place: MakePlace) -> None:
    here = place()
    here.examine()
    assert [a for a in here.asked if TOKEN in a.target] == []
    here.write("rotation.toml", 'credentials = "query"\n[alerts]', old="[alerts]")
    found = here.found("account main: credentials")
    assert found.level is Level.WARN
    assert found.what_to_do.startswith('set credentials = "body+header"')


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "level"),
    [
        *(("SCAN_QR_CODE", Level.BAD), ("STOPPED", Level.BAD), ("FAILED", Level.BAD)),
        *(("STARTING", Level.WARN), ("SOMETHING_NEW", Level.WARN)),
    ],
)
def test_a_session_that_does_not_work_is_named(place: MakePlace, status: str, level: Level) -> None:
    account = {"instance_id": INSTANCE, "token": TOKEN, "phone": US, "lid": "90088880000111"}
    here = place(accounts=[{**account, "status": status}])
    assert here.found("account main: session").level is level
    assert here.found("account main: credentials").level is Level.OK


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(-61, Level.BAD), (-11, Level.WARN), (0, Level.OK), (11, Level.WARN), (61, Level.BAD)],
)
def test_clocks_apart_are_named(place: MakePlace, seconds: int, level: Level) -> None:
    here = place(script=[{"at": NOW.isoformat(), "do": "clock_skew", "seconds": seconds}])
    found = here.found("account main: clock")
    assert found.level is level
    if seconds:
        assert ("ahead of" if seconds > 0 else "behind") in found.found


def test_an_account_whose_number_is_an_agents_is_bad(place: MakePlace) -> None:
    here = place()
    here.write("schedules/desk.yaml", US, old=BEN)
    found = here.found("account main: own ids")
    assert (found.level, found.found) == (
        Level.BAD,
        "the account's number is also that of ben",
    )


def test_only_the_accounts_asked_for_are_asked(place: MakePlace) -> None:
    here = place()
    means = Means(lambda: Moment(NOW, "boot", 1000.0), FRESH, here.connect)
    checks = list(examine(here.settings, means, [AccountId("none")]))
    assert here.asked == []
    assert not [check for check in checks if check.name.startswith(("account", "group"))]


# ---- the groups


def test_a_group_we_do_not_run_is_bad_and_a_watched_one_remarked_on(place: MakePlace) -> None:
    here = place()
    for chat in (ACME, BRIO):
        here.post(f"groups/{chat}/demote", {"phone": US})
    assert here.found("group acme").level is Level.BAD
    assert here.found("group brio").level is Level.WARN
    assert "not an admin" in here.found("group acme").found


def test_a_group_we_are_not_in_is_bad(place: MakePlace) -> None:
    here = place()
    here.write("schedules/desk.yaml", "120363049999999999@g.us", old=ACME)
    found = here.found("group acme")
    assert found.level is Level.BAD
    assert found.what_to_do.startswith("add our account to the group again")
    assert f"1 of them in no roster: {ACME} (" in here.found("account main: groups").found


def test_a_list_without_our_own_account_is_bad(place: MakePlace) -> None:
    here = place(faults=[{"fault": "list_without_us", "on": ["reads"]}])
    assert here.found("group acme").level is Level.BAD


@pytest.mark.parametrize("known", [True, False])
def test_people_who_hide_behind_ids_nobody_knows_are_named(place: MakePlace, known: bool) -> None:  # noqa: FBT001 - one of the two cases
    groups = [
        {
            "chat": chat,
            "creator": CREATOR,
            "admins": [US],
            "members": [ANA],
            "by_lid": True,
        }
        for chat in (ACME, BRIO)
    ]
    people = [
        {"phone": p, "lid": lid, "lid_known": known}
        for p, lid in ((ANA, "90188880000111"), (BEN, "90288880000111"))
    ]
    here = place(groups=groups, people=people)
    found = here.found("group acme")
    if known:
        assert found.level is Level.OK
    else:
        assert found.level is Level.WARN
        assert "ana, ben can't be told in or out" in found.found


def test_a_hidden_id_that_the_ledger_knows_needs_no_asking(place: MakePlace) -> None:
    groups = [{"chat": ACME, "creator": CREATOR, "admins": [US], "members": [ANA], "by_lid": True}]
    people = [{"phone": ANA, "lid": "90188880000111", "lid_known": False}]
    here = place(groups=groups, people=people)
    here.write("schedules/desk.yaml", "everyone: [ana]", old="everyone: [ana, ben]")
    ledger = here.ledger()
    adopt(ledger, here.roster, digest(here.roster), NOW, "2026f")
    with ledger.writing() as books:
        (ana,) = [p for p in books.people.all() if p == "ana"]
        books.people.learn_lid(ana, "90188880000111@lid", NOW)
    ledger.close()
    assert here.found("group acme").level is Level.OK
    assert not [a for a in here.asked if "/lids/" in a.target]


def test_lists_that_do_not_name_their_group_are_remarked_on(place: MakePlace) -> None:
    here = place(settings={"lacks": ["group", "detail"]})
    found = here.found("group acme")
    assert found.level is Level.WARN
    assert "does not say of which group it is" in found.found


# ---- the budget


def calls_noted(here: Place) -> int:
    ledger = Ledger(here.url)
    try:
        with ledger.reading() as books:
            return len(books.reads.recent(AccountId("main"), 1000))
    finally:
        ledger.close()


def test_every_call_is_counted_in_the_ledger(place: MakePlace) -> None:
    here = place()
    here.ledger().close()
    here.examine()
    assert calls_noted(here) == len(here.asked) > 5


def test_two_examinations_within_a_minute_stay_within_the_accounts_calls(
    place: MakePlace,
) -> None:
    here = place(duty={"requests_per_minute": 15})
    here.write("rotation.toml", "requests_per_minute = 15\n[alerts]", old="[alerts]")
    here.ledger().close()
    here.examine()
    here.examine()
    verdict: Any = here.world.verdict()
    assert verdict["measures"]["most_requests_in_a_minute"] == 15
    assert verdict["counts"]["requests_exceeded"] == 0


@pytest.mark.parametrize("limit", [5, 8, 9, 10, 11])
def test_no_more_calls_are_made_than_fit_a_minute(place: MakePlace, limit: int) -> None:
    here = place()
    here.write("rotation.toml", f"requests_per_minute = {limit}\n[alerts]", old="[alerts]")
    checks = here.examine()
    assert len(here.asked) <= limit
    is_enough = len(here.asked) == 11
    assert (Level.WARN in {check.level for check in checks}) is not is_enough
    assert Level.BAD not in {check.level for check in checks}


def test_what_others_called_within_the_minute_counts(place: MakePlace) -> None:
    here = place()
    ledger = here.ledger()
    with ledger.writing() as books:
        for _ in range(60):
            books.reads.note(AccountId("main"), None, NOW, NOW, "listed", "boot", 990.0)
    ledger.close()
    found = here.found("account main: not looked at")
    assert "this minute's calls are used up" in found.what_to_do
    assert here.asked == []


def test_a_running_daemon_keeps_a_quarter_of_the_calls(place: MakePlace) -> None:
    here = place()
    here.write("rotation.toml", "requests_per_minute = 12\n[alerts]", old="[alerts]")
    here.ledger().close()
    with file_lock(here.url):
        here.examine()
    assert len(here.asked) == 9


# ---- nothing leaks


def test_a_server_that_repeats_the_token_makes_nobody_show_it(place: MakePlace) -> None:
    here = place()
    said = json.dumps({"message": f"bad token {TOKEN} of {US}"}).encode()
    here.reply = lambda _asked: Replied(401, {}, said)
    written: list[Exchanged] = []
    checks = here.examine(record=lambda _account, exchanged: written.append(exchanged))
    assert written
    for text in (repr(checks), repr(written)):
        assert TOKEN not in text
        assert TOKEN[:8] not in text
        assert US[1:] not in text


# ---- the command


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., Result]:
    """Runs the command on the settings in the folder."""

    def run(*arguments: str) -> Result:
        given = ["doctor", *arguments, "--config", str(tmp_path / "rotation.toml")]
        return CliRunner().invoke(app("doctor"), given)

    return run


def test_settings_that_are_wrong_are_all_named(
    doctor: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "rotation.toml").write_text("drip = 8\nsweep = 3\n")
    result = doctor("--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["well"] is False
    assert [c["found"].rpartition(":")[2] for c in told["checks"] if c["level"] == "bad"] == [
        " drip is not a setting",
        " sweep is not a setting",
    ]


def test_an_account_nobody_set_up_is_a_wrong_question(
    place: MakePlace, doctor: Callable[..., Result]
) -> None:
    place()
    result = doctor("--account", "mian")
    assert result.exit_code == 2
    assert "Did you mean `main`?" in result.stderr


def test_a_transcript_never_takes_the_place_of_a_file(
    place: MakePlace, doctor: Callable[..., Result]
) -> None:
    here = place()
    kept = here.folder / "kept.txt"
    kept.write_text("precious")
    result = doctor("--transcript", str(kept))
    assert result.exit_code == 2
    assert "Name a new file" in result.stderr
    assert kept.read_text() == "precious"


def test_a_sandbox_whose_clock_does_not_answer_is_named(
    place: MakePlace, doctor: Callable[..., Result]
) -> None:
    here = place()
    stepped = 'provider = "sandbox"\nclock = "stepped"\n[alerts]'
    here.write("rotation.toml", stepped, old="[alerts]")
    result = doctor()
    assert result.exit_code == 1
    assert "bad   sandbox's clock: the sandbox's clock does not answer" in result.stdout
    assert result.stderr == ""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Starts a sandbox as a process of its own; gives its base URL."""
    with ExitStack() as stack:

        def start() -> str:
            there = tmp_path / "world.json"
            there.write_text(json.dumps(world()))
            process = subprocess.Popen(
                [sys.executable, "-m", "rotation", "sandbox", "--port", "0", "--world", str(there)],
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            return process.stdout.readline().split()[0]

        yield start


@pytest.mark.process
@pytest.mark.promise("P-operator")
def test_the_whole_way_nothing_that_was_written_or_sent_tells_a_secret_or_a_number(
    place: MakePlace, sandbox: Callable[[], str]
) -> None:
    here, url = place(), sandbox()
    here.write("rotation.toml", f'base_url = "{url}"', old='base_url = "http://127.0.0.1:9"')
    here.ledger().close()
    transcript = here.folder / "calls.jsonl"
    command = [sys.executable, "-m", "rotation", "doctor"]
    ran = [
        subprocess.run(
            [*command, *more], cwd=here.folder, capture_output=True, text=True, check=False
        )
        for more in (["--transcript", str(transcript)], ["--json"])
    ]
    assert [run.returncode for run in ran] == [0, 0], ran[0].stdout + ran[0].stderr
    assert "ok    group acme: 3 members, our account is an admin" in ran[0].stdout
    assert "accounts.main.token                ***" in ran[0].stdout
    told = json.loads(ran[1].stdout)
    assert told["well"]
    assert {"key", "shown", "source"} == set(told["settings"][0])

    lines = [json.loads(line) for line in transcript.read_text().splitlines()]
    assert transcript.stat().st_mode & 0o777 == 0o600
    assert {"rotation", "python", "libraries", "zone_data", "accounts"} <= set(lines[0])
    assert len(lines) == 1 + 11
    assert {line["status"] for line in lines[1:]} == {200}
    assert calls_noted(here) == 2 * 11

    said = "".join(run.stdout + run.stderr for run in ran)
    for secret in (TOKEN, TOKEN[:8], *(p[1:] for p in (US, CREATOR, ANA, BEN))):
        assert secret not in said
        assert secret not in transcript.read_text()
    calls = transcript.read_text().partition("\n")[2]
    assert INSTANCE not in calls
    assert not re.search(r"\d{5,}", calls)
