"""`rotation webhooks`, and what the doctor says of them: nothing else is lost, nothing is shown."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner, Result

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.ledger import Ledger, WebhookState, upgrade
from rotation.providers.in_memory import Asked, InMemory, Replied
from rotation.providers.wawp import Credentials, Endpoint, Exchanged, Wawp, path_key
from rotation.sandbox import Request, SteppedClock, World
from rotation.settings import Account, load
from rotation.surfaces.cli.asked import Provider
from rotation.surfaces.cli.frame import app
from rotation.surfaces.doctor import Check, Level, Means, examine
from rotation.zone_data import Source, ZoneData, use_newest

Json: TypeAlias = Any
"""Whatever a command prints; tests look into it freely."""

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TOKEN, INSTANCE = "cnry-Zq7Kw93bTx41mPv", "9F3A7C21E8BD"
SECRET, OLDER = "cnry-webhook-secret-0f8e7d6c5b4a", "cnry-webhook-secret-1a2b3c4d5e6f"
GUESSED = "tiny-1"
KEY = path_key(SECRET, "main")
BASE = "https://rotation.example/live"
N8N = {"url": "https://n8n.example/webhook/cnry-their-own-key", "events": ["message"]}
THEIRS = {"url": "https://there.example/hooks/main/" + "7" * 40, "events": []}
FRESH = ZoneData("2026f", Source.PACKAGE, "2026f", None, NOW.date())


@dataclass
class Place:
    """A folder with settings, and the world that its account is in."""

    folder: Path
    world: World
    reply: Callable[[Asked], Replied] | None = None
    said: list[str] = field(default_factory=list)

    def connect(
        self,
        account: Account,
        clock: Callable[[], Moment],
        record: Callable[[Exchanged], None] | None,
    ) -> Wawp:
        return Wawp(
            lambda: Credentials(account.instance_id, account.token),
            lambda: clock().at,
            Endpoint(account.base_url),
            transport=InMemory(self._reply),
            transcript=record,
        )

    def _reply(self, asked: Asked) -> Replied:
        if self.reply is not None:
            return self.reply(asked)
        request = Request.to(asked.method, asked.target, asked.headers, asked.body)
        answer = self.world.handle(request)
        return Replied(answer.status, answer.headers, answer.body)

    def run(self, *arguments: str) -> Result:
        given = ["webhooks", *arguments, "--config", str(self.folder / "rotation.toml")]
        found = CliRunner().invoke(app("webhooks"), given, obj=Provider(self.connect))
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        self.said.append(found.output)
        return found

    def json(self, *arguments: str) -> Json:
        found = self.run(*arguments, "--json")
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)

    def secret(self, text: str, name: str = "main.webhook") -> None:
        path = self.folder / "secrets" / name
        path.write_text(text)
        path.chmod(0o600)

    @property
    def hooks(self) -> list[str]:
        """The addresses as the provider has them."""
        chat = self.connect(self.account, lambda: Moment(NOW, "boot", 0.0), None)
        found = chat.webhooks()
        assert isinstance(found, tuple)
        return [hook.url for hook in found]

    @property
    def account(self) -> Account:
        settings = load({}, folder=self.folder, need_secrets=False)
        return settings.accounts[AccountId("main")]

    def ledger(self) -> Ledger:
        url = f"sqlite:///{self.folder / 'rotation.db'}"
        upgrade(url)
        return Ledger(url)

    def doctor(self) -> list[Check]:
        settings = load({}, folder=self.folder, need_secrets=False)
        means = Means(lambda: Moment(NOW, "boot", 1000.0), FRESH, self.connect)
        found = [c for c in examine(settings, means) if c.name == "account main: webhooks"]
        self.said += [f"{check.found} {check.what_to_do}" for check in found]
        return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Makes the place; `hooks` are there already. Nothing it says gives a secret away."""
    use_newest()
    made: list[Place] = []

    def make(*hooks: Json, secret: str | None = SECRET) -> Place:
        accounts = [{"instance_id": INSTANCE, "token": TOKEN, "phone": "+15550100999"}]
        given = {"accounts": accounts, "hooks": {INSTANCE: list(hooks)}}
        place = Place(tmp_path, World.from_dict(given, clock=SteppedClock(NOW)))
        (tmp_path / "secrets").mkdir()
        place.secret(TOKEN, "main.token")
        lines = [
            "[accounts.main]",
            f'instance_id = "{INSTANCE}"',
            'base_url = "http://127.0.0.1:9"',
            'token_file = "secrets/main.token"',
        ]
        if secret is not None:
            place.secret(secret)
            place.secret(OLDER, "main.older")
            lines.append('webhook_secret_file = "secrets/main.webhook"')
            lines.append('webhook_secret_old_file = "secrets/main.older"')
        (tmp_path / "rotation.toml").write_text("\n".join(lines))
        made.append(place)
        return place

    yield make
    for one in made:
        said = "\n".join(one.said)
        assert "cnry" not in said
        assert KEY not in said


MakePlace: TypeAlias = Callable[..., Place]


@pytest.mark.promise("P-webhooks", "S14")
def test_install_puts_us_among_the_others_and_keeps_them(place: MakePlace) -> None:
    made = place(N8N, {"url": f"https://old.example/hooks/main/{path_key(OLDER, 'main')}"})
    said = made.run("install", "--url", f"{BASE}/")
    assert said.exit_code == 0, said.output
    assert "https://rotation.example/hooks/main/***" in said.stdout
    assert made.hooks == [N8N["url"], f"{BASE}/hooks/main/{KEY}"]
    listed = made.json()["webhooks"]
    assert [one["whose"] for one in listed] == ["other", "ours"]
    assert listed[0]["address"] == "https://n8n.example/***"


def test_installing_again_writes_nothing(place: MakePlace) -> None:
    made = place(N8N)
    assert made.json("install", "--url", BASE)["written"] is True
    assert made.json("install", "--url", BASE)["written"] is False


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(place: MakePlace) -> None:
    made = place(N8N)
    told = made.json("install", "--url", BASE, "--dry-run")
    assert (told["written"], len(told["webhooks"])) == (False, 2)
    assert "would send" in made.run("install", "--url", BASE, "--dry-run").stdout
    assert made.hooks == [N8N["url"]]


def test_remove_takes_us_away_and_nobody_else(place: MakePlace) -> None:
    made = place(N8N, THEIRS)
    made.run("install", "--url", BASE)
    said = made.run("remove")
    assert said.exit_code == 0
    assert made.hooks == [N8N["url"], THEIRS["url"]]
    assert "None of them is ours" in said.stdout


def test_ours_is_remembered_for_when_its_secret_is_another(place: MakePlace) -> None:
    made = place()
    with made.ledger().reading() as books:
        assert books.webhooks.of(AccountId("main")).known == ""
    made.run("install", "--url", BASE)
    with made.ledger().reading() as books:
        known = books.webhooks.of(AccountId("main"))
    assert known.knows(f"{BASE}/hooks/main/{KEY}")
    assert KEY not in known.known


@pytest.mark.parametrize(
    ("arguments", "secret", "ends", "says"),
    [
        (("install",), SECRET, 2, "--url belongs to"),
        (("list", "--url", BASE), SECRET, 2, "--url belongs to"),
        (("install", "--url", "http://rotation.example"), SECRET, 3, "https://"),
        (("install", "--url", "https://me:pw@rotation.example"), SECRET, 3, "nothing else"),
        (("install", "--url", BASE), None, 3, "has no webhook_secret"),
        (("install", "--url", BASE), GUESSED, 3, "short enough to be guessed"),
        (("list", "--account", "mian"), SECRET, 2, "no account `mian`"),
    ],
)
def test_what_cannot_be_is_said_with_what_to_do(
    place: MakePlace, arguments: tuple[str, ...], secret: str | None, ends: int, says: str
) -> None:
    made = place(N8N, secret=secret)
    said = made.run(*arguments)
    assert said.exit_code == ends
    assert says in said.output
    assert made.hooks == [N8N["url"]]


def answers(status: int, body: object) -> Callable[[Asked], Replied]:
    return lambda _asked: Replied(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (answers(403, {"code": "subscription_required", "message": "x"}), "paid plan"),
        (answers(401, {"message": "no"}), "refuses the token"),
        (answers(429, {"message": "slow down"}), "fewer calls"),
        (answers(200, {"webhooks": [{"uri": "https://n8n.example"}]}), "in no known shape"),
        (answers(200, {"webhooks": "none"}), "no usable answer"),
        (answers(500, {"message": "oops"}), "no usable answer"),
    ],
)
def test_a_list_that_is_not_understood_is_not_written_over(
    place: MakePlace, reply: Callable[[Asked], Replied], says: str
) -> None:
    made = place(N8N)
    asked: list[Asked] = []

    def replies(one: Asked) -> Replied:
        asked.append(one)
        return reply(one)

    made.reply = replies
    said = made.run("install", "--url", BASE)
    assert (said.exit_code, says in said.output) == (3, True), said.output
    assert {one.method for one in asked} == {"GET"}


def test_a_list_that_reads_back_otherwise_is_no_success(place: MakePlace) -> None:
    made = place(N8N)

    def deaf(asked: Asked) -> Replied:
        told = {"ok": True} if asked.method == "POST" else {"webhooks": {"0": N8N}}
        return Replied(200, {}, json.dumps(told).encode())

    made.reply = deaf
    said = made.run("install", "--url", BASE)
    assert said.exit_code == 3
    assert "not the one that was sent" in said.output


def heard(made: Place, ago: timedelta) -> None:
    with made.ledger().writing() as books:
        books.webhooks.save(WebhookState(AccountId("main"), heard_at=NOW - ago))


@pytest.mark.promise("P-webhooks", "F28")
def test_the_doctor_says_when_none_arrives_and_where_else_they_go(place: MakePlace) -> None:
    made = place(N8N, THEIRS)
    heard(made, timedelta(hours=4))
    found = {check.found: check.level for check in made.doctor()}
    assert found == {
        "no webhook for 4 h": Level.WARN,
        "the provider sends them to no address of ours": Level.WARN,
        "they also go to https://there.example/hooks/main/***, like another rotation's": Level.WARN,
    }


def test_the_doctor_is_content_with_webhooks_that_arrive(place: MakePlace) -> None:
    made = place(N8N)
    made.run("install", "--url", BASE)
    heard(made, timedelta(minutes=4))
    assert {check.level for check in made.doctor()} == {Level.OK}


def test_the_doctor_says_what_a_free_plan_and_a_short_secret_mean(place: MakePlace) -> None:
    made = place(secret=GUESSED)
    wrong = [check.found for check in made.doctor() if check.level is not Level.OK]
    assert wrong[0] == "webhook_secret is short enough to be guessed"
    none = place_without(made)
    assert [check.level for check in none.doctor()] == [Level.OK]


def place_without(made: Place) -> Place:
    """The same place with no secret set."""
    path = made.folder / "rotation.toml"
    kept = [line for line in path.read_text().splitlines() if "webhook" not in line]
    path.write_text("\n".join(kept))
    return made
