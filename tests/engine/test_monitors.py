"""What monitors are told of a daemon at work: whether it is fit, and how many there are of what."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from ruamel.yaml import YAML

from rotation.core.roster import AccountId, Mode
from rotation.engine import Event, Shared
from rotation.ledger import Ledger, Replica
from rotation.settings import load
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.web import app
from rotation.wiring import Parts
from rotation.wiring.pulse import LATEST_TICK, LONGEST_TICK, Pulse
from rotation.zone_data import use_newest

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
Ask: TypeAlias = Callable[..., tuple[int, str]]

MAIN = AccountId("main")
SETTINGS = '[accounts.main]\nprovider = "sandbox"\n'
LABELS = {
    *("account", "standing", "kind", "outcome", "hold", "why", "state", "which", "mode"),
    *("how", "digest", "version", "source", "python"),
}


class Watched:
    """The web of a daemon over a rehearsed day, and the pulse that a test makes beat."""

    def __init__(self, day: Any, folder: Path, settings: str = "") -> None:  # noqa: ANN401 - a rehearsed day
        (folder / "rotation.toml").write_text(SETTINGS + settings, encoding="utf-8")
        (folder / "rotation.toml").chmod(0o600)
        (folder / "metrics").write_text("canary-4711", encoding="utf-8")
        (folder / "metrics").chmod(0o600)
        self.seconds = 0.0
        self.day = day
        rehearsal = day.rehearsal
        self.pulse = Pulse([MAIN], lambda: self.seconds)
        clock: Any = rehearsal.moment
        parts = Parts(
            load({}, folder=folder), rehearsal.ledger, {}, clock, rehearsal.engine, rehearsal.intake
        )
        self.fitness = Fitness(parts, self.pulse, use_newest())
        self._app = app.build(self.fitness)

    def asked(self, target: str, **headers: str) -> tuple[int, str]:
        """The status and body of a GET."""
        path, _, query = target.partition("?")
        given = {"host": "127.0.0.1:8780", **headers}
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in given.items()],
        }  # fmt: skip
        said: list[Any] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 - whatever ASGI says
            said.append(message)

        asyncio.run(self._app(scope, receive, send))
        body = b"".join(message.get("body", b"") for message in said)
        return said[0]["status"], body.decode()

    def counts(self) -> dict[str, float]:
        """Every sample of /metrics by its name and labels."""
        status, text = self.asked("/metrics")
        assert status == 200
        rows = [row.rpartition(" ") for row in text.splitlines() if not row.startswith("#")]
        return {name: float(number) for name, _, number in rows}


@pytest.fixture
def watched(day: Make, tmp_path: Path) -> Callable[..., Watched]:
    def make(settings: str = "", **words: object) -> Watched:
        return Watched(day(**words), tmp_path, settings)

    return make


def test_a_daemon_at_work_lives_and_is_ready(watched: Callable[..., Watched]) -> None:
    desk = watched()
    assert desk.asked("/healthz") == (200, "alive\n")
    assert desk.asked("/readyz") == (200, "ready\n")
    assert desk.asked("/readyz?format=json") == (200, '{"ready":true,"reasons":[]}')


@pytest.mark.parametrize("pause", [None, timedelta(seconds=10)])
def test_where_nobody_looks_after_an_account_it_does_not_live(
    pause: timedelta | None, watched: Callable[..., Watched]
) -> None:
    """A tick that does not end, or one that does not begin."""
    desk = watched()
    desk.pulse.begins(MAIN)
    if pause is not None:
        desk.pulse.ends(MAIN, pause, well=True)
    allowed = LONGEST_TICK if pause is None else pause + LATEST_TICK
    desk.seconds += allowed.total_seconds()
    assert desk.asked("/healthz")[0] == 200
    desk.seconds += 1
    status, text = desk.asked("/healthz")
    assert (status, text.splitlines()[0][:27]) == (503, "account main: no tick moves")
    assert desk.asked("/readyz")[0] == 503
    assert desk.counts()['rotation_tick_overdue_seconds{account="main"}'] > 60
    desk.pulse.begins(MAIN)
    assert desk.asked("/healthz")[0] == 200


def test_ticks_that_fail_make_it_unfit_until_one_does_not(watched: Callable[..., Watched]) -> None:
    desk = watched()
    for well, status in ((False, 503), (False, 503), (True, 200)):
        desk.pulse.begins(MAIN)
        desk.pulse.ends(MAIN, None, well=well)
        assert desk.asked("/healthz")[0] == 200
        assert desk.asked("/readyz")[0] == status
    counted = desk.counts()
    assert counted['rotation_ticks_total{account="main"}'] == 3
    assert counted['rotation_ticks_failed_total{account="main"}'] == 2


def test_without_a_roster_it_is_not_ready(watched: Callable[..., Watched]) -> None:
    desk = watched(adopted=False)
    status, text = desk.asked("/readyz?format=json")
    assert status == 503
    assert "rotation check" in text


def test_without_a_ledger_it_says_so_and_what_it_knows_by_itself(
    watched: Callable[..., Watched], tmp_path: Path
) -> None:
    desk = watched()
    desk.fitness.parts.ledger = Ledger(f"sqlite:///{tmp_path}/no such disk/rotation.db")
    assert desk.asked("/healthz")[0] == 200
    status, text = desk.asked("/readyz")
    assert (status, text) == (503, "the ledger does not answer: see the log\n")
    counted = desk.counts()
    assert counted["rotation_ledger_up"] == 0
    assert counted['rotation_ticks_total{account="main"}'] == 0
    assert not any(name.startswith("rotation_seats") for name in counted)


@pytest.mark.promise("P-operator")
def test_what_is_counted_is_what_a_handover_does(watched: Callable[..., Watched]) -> None:
    desk = watched(starts="07:50")
    day = desk.day
    day.until("07:55")
    assert desk.counts()['rotation_seats{account="main",standing="in"}'] == 1
    day.until("08:10")
    for event in day.rehearsal.events:
        desk.pulse.heard(event)
    counted = desk.counts()
    assert counted["rotation_ledger_up"] == 1
    assert counted['rotation_attempts_total{account="main",kind="add",outcome="accepted"}'] == 1
    assert counted['rotation_attempts_total{account="main",kind="remove",outcome="accepted"}'] == 1
    assert counted['rotation_handovers_last_day{state="proven"}'] == 2  # one of before we began
    assert counted['rotation_handovers_last_day{state="open"}'] == 0
    assert counted['rotation_handovers_last_day_late_seconds{which="worst"}'] < 60
    assert counted['rotation_changes_last_day{account="main"}'] == 2
    assert counted['rotation_calls_allowed_per_minute{account="main"}'] == 60
    assert counted['rotation_removals_overdue{account="main"}'] == 0
    assert counted['rotation_groups{mode="managed"}'] == 1
    assert counted["rotation_audit_broken"] == 0
    assert counted["rotation_audit_records"] > 0


def test_a_removal_that_never_takes_is_overdue_and_held_and_how_long_is_told(
    watched: Callable[..., Watched],
) -> None:
    desk = watched(starts="07:50")
    desk.day.ask("POST", "faults", {"acts": "no", "on": ["remove"]})
    desk.day.until("08:30")
    counted = desk.counts()
    assert counted['rotation_removals_overdue{account="main"}'] == 1
    assert 20 * 60 < counted['rotation_removals_overdue_oldest_seconds{account="main"}'] <= 30 * 60


def test_a_group_that_is_only_watched_makes_nothing_overdue_and_no_handover_open(
    watched: Callable[..., Watched],
) -> None:
    desk = watched(starts="07:50", mode=Mode.WATCH)
    desk.day.until("09:00")
    counted = desk.counts()
    assert counted['rotation_removals_overdue{account="main"}'] == 0
    assert counted['rotation_handovers_last_day{state="open"}'] == 0
    assert counted['rotation_groups{mode="watch"}'] == 1


@pytest.mark.promise("S14", "P-operator")
def test_no_person_no_group_and_no_number_stands_in_a_metric(
    watched: Callable[..., Watched],
) -> None:
    desk = watched(starts="07:50")
    desk.day.until("08:10")
    for event in desk.day.rehearsal.events:
        desk.pulse.heard(event)
    _, text = desk.asked("/metrics")
    with desk.fitness.parts.ledger.reading() as books:
        roster = books.rosters.in_force()[1]
    labels = set(re.findall(r'"([^"]*)"', text))
    assert labels.isdisjoint({*roster.people, *roster.groups, *roster.shifts})
    assert not re.search(r"\d{7,}", " ".join(labels - {"2026"}))
    names = set(re.findall(r'[{,](\w+)="', text))
    assert names <= LABELS


@pytest.mark.parametrize(
    ("settings", "shown", "status"),
    [
        ("", "", 200),
        ('[web]\nmetrics_token_file = "metrics"\n', "", 401),
        ('[web]\nmetrics_token_file = "metrics"\n', "Bearer canary-471", 401),
        ('[web]\nmetrics_token_file = "metrics"\n', "Bearer canary-4711", 200),
        ('[web]\nurl = "https://board.example.com"\n', "", 401),
        ('[web]\nlisten = "0.0.0.0:8780"\n', "Bearer ", 401),
    ],
)
def test_metrics_are_for_this_machine_or_for_whoever_has_the_token(
    settings: str, shown: str, status: int, watched: Callable[..., Watched]
) -> None:
    desk = watched(settings)
    found, text = desk.asked("/metrics", authorization=shown)
    assert found == status
    assert "canary" not in text


def test_what_happened_is_counted_by_kind_and_the_guard_and_alarms_with_it(
    watched: Callable[..., Watched],
) -> None:
    desk = watched()
    now = desk.day.now
    for kind in ("remove_indoubt", "remove_indoubt", "alarm", "alarm_untold", "guarded"):
        desk.pulse.heard(Event(now, kind, MAIN))
    counted = desk.counts()
    assert counted['rotation_attempts_total{account="main",kind="remove",outcome="indoubt"}'] == 2
    assert counted['rotation_alarms_told_total{how="reached"}'] == 1
    assert counted['rotation_alarms_told_total{how="unreached"}'] == 1
    assert counted["rotation_guarded_total"] == 1


@pytest.mark.promise("P-operator")
def test_every_metric_that_the_dashboard_and_the_alerts_ask_for_is_there(
    watched: Callable[..., Watched],
) -> None:
    desk = watched()
    _, text = desk.asked("/metrics")
    told = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    ops = Path(__file__).parents[2] / "ops"
    panels = json.loads((ops / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    (group,) = YAML(typ="safe", pure=True).load(ops / "alerts.yaml")["groups"]
    asked += [rule["expr"] for rule in group["rules"]]
    names = {name for one in asked for name in re.findall(r"\b(?:rotation|process)_\w+", one)}
    assert names - told == set()
    labels = {name for one in asked for name in re.findall(r"(\w+)=~?\"", one)}
    assert labels <= LABELS | {"job"}


def test_a_replica_is_ready_while_its_leases_hold_and_says_why_it_takes_none(
    watched: Callable[..., Watched],
) -> None:
    desk = watched()
    rehearsal, parts = desk.day.rehearsal, desk.fitness.parts

    def replica(name: str, zone_data: str) -> Shared:
        now = rehearsal.now
        me = Replica(name, name, "1", zone_data, (MAIN,), "", "", 0, now, now)
        return Shared(rehearsal.ledger, rehearsal.moment, me)

    old, new = replica("old", "2026a"), replica("new", "2026b")
    parts.shared = old
    old.beat()
    assert desk.asked("/readyz") == (200, "ready\n")
    counted = desk.counts()
    assert counted['rotation_account_ours{account="main"}'] == 1
    assert counted['rotation_lease_term{account="main"}'] == 1
    assert counted["rotation_replicas"] == 1

    rehearsal.world.idle(rehearsal.now + timedelta(seconds=old.terms.length))
    status, text = desk.asked("/readyz")
    assert (status, text) == (503, "account main: its lease could not be renewed\n")

    new.beat()
    old.beat()
    status, text = desk.asked("/readyz")
    assert status == 503
    assert "takes no account: time-zone data 2026a is older than 2026b" in text
    assert desk.counts()["rotation_standby"] == 1
    parts.shared = new
    assert desk.asked("/readyz")[0] == 200
