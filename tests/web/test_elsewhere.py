"""`--server URL`: what a command says of a rotation elsewhere, and orders there, as here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from rotation.core.roster import AccountId, ChatId, GroupId, Phone, Roster
from rotation.engine import hook_held
from rotation.ledger import Rights
from rotation.providers.far import Server
from rotation.settings import Hook, Receiver, Secret
from rotation.surfaces.answers.ahead import MOST_PLANNED
from rotation.surfaces.cli import far, listed, main
from rotation.surfaces.cli.far import Far
from rotation.surfaces.events import standing
from rotation.surfaces.printing import PRINTED

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
Ran: TypeAlias = tuple[int, str, str]
"""How a command ended, what it said, and what it complained of."""
URL = "https://board.example"
HANDOVER = ("handover", "acme", "--in", "ben", "--reason", "chen is ill")


class Wire(httpx.BaseTransport):
    """Carries requests to a board's app, without a network; `sent` are those that were carried."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.sent: list[httpx.Request] = []
        self.heard: list[bytes] = []
        self.after: Callable[[], object] = lambda: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        path, headers = request.url.raw_path.decode(), dict(request.headers)
        found = self.board.ask(path, request.method, headers=headers, content=request.content)
        self.heard.append(found.content)
        self.after()
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)


class Here:
    """A terminal at which commands are typed for the board."""

    def __init__(self, board: Board, ended: Callable[[], tuple[str, str]]) -> None:
        self.wire = Wire(board)
        self._ended = ended

    def run(self, *given: str, rights: Rights = Rights.OPERATOR) -> Ran:
        with self.wire.board.ledger.writing() as books:
            secret = books.tokens.make("CRM", "mara", self.wire.board.at, rights=rights)[1]
        there = Far(URL, Server(URL, secret, transport=self.wire))
        with pytest.raises(SystemExit) as ends:
            far.run(there, given)
        return (int(ends.value.code or 0), *self._ended())


@pytest.fixture
def here(shut: Board, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(shut, lambda: tuple(capsys.readouterr()))  # type: ignore[arg-type,return-value]  # two texts


NAMED: Mapping[str, tuple[str, ...]] = {
    "explain": ("chen", "acme"), "notices": ("acme",), "adopt": ("trial",),
    "access-report": ("--group", "acme"), "gaps": ("--months", "1"),
}  # fmt: skip


@pytest.mark.promise("P-elsewhere")
@pytest.mark.parametrize("command", PRINTED)
def test_every_command_that_only_looks_does_so_elsewhere(here: Here, command: str) -> None:
    ends, said, complained = here.run(command, *NAMED.get(command, ()))
    assert ends in {0, 1}, complained
    assert said
    assert complained == ""
    _, as_data, _ = here.run(command, *NAMED.get(command, ()), "--json")
    assert isinstance(json.loads(as_data), dict)


@pytest.mark.promise("P-elsewhere")
def test_a_plan_is_told_from_elsewhere_unless_too_many_groups_share_its_account(
    here: Here, make_roster: Callable[..., Roster]
) -> None:
    roster, board = make_roster(), here.wire.board
    acme = roster.groups[GroupId("acme")]
    others = {
        name: replace(acme, id=name, account=AccountId("other"), chat=ChatId(f"1{number:017}@g.us"))
        for number in range(MOST_PLANNED + 1)
        if (name := GroupId(f"g{number}"))
    }
    with board.ledger.writing() as books:
        books.rosters.adopt(
            replace(roster, groups={**roster.groups, **others}), "many", board.at, ""
        )
    assert here.run("plan", "acme")[0] == 0
    ends, _, complained = here.run("plan", "g7")
    assert (ends, "takes too long from elsewhere" in complained) == (2, True)
    assert here.run("plan")[0] == 2


@pytest.mark.promise("P-elsewhere")
def test_an_order_is_shown_here_agreed_to_here_and_carried_out_there(here: Here) -> None:
    ends, _, complained = here.run(*HANDOVER)
    assert (ends, "nobody is there to be asked" in complained) == (2, True)
    assert "Ben" in complained
    assert "(none)" in here.run("undo")[1]
    ends, said, _ = here.run(*HANDOVER, "--yes")
    assert ends == 0
    assert "Written down as h1; `rotation undo h1` ends it." in said
    asked, done = (json.loads(request.content) for request in here.wire.sent[-2:])
    assert (asked["dry_run"], len(done["agreed"])) == (True, 16)
    assert here.wire.sent[-1].headers["idempotency-key"]
    again = here.run(*HANDOVER, "--yes", "--json")[1]
    assert json.loads(again[again.index("{") :])["new"] is False
    assert here.run("undo", "h1", "--reason", "chen is well", "--yes")[0] == 0
    assert "(none)" in here.run("undo")[1]


ORDERS: Mapping[str, tuple[str, ...]] = {
    "handover": ("acme", "--in", "ben"),
    "undo": ("h1",),
    "release": ("7",),
    "cover": ("chen", "--by", "dora"),
    "off": ("chen",),
    "swap": ("chen", "2026-01-05", "--with", "dora", "--for", "2026-01-06"),
    "extra": ("dora", "--shift", "europe", "--from", "2026-01-05"),
    "grant": ("acme", "--person", "ben"),
    "pin": ("ben", "acme"),
    "resolve": ("OPS-1",),
    "reopen": ("OPS-1",),
    "close": ("acme", "--message", "Thank you."),
    "subscriptions": ("end", "M-1"),
    "wipe": ("ben",),
    "reinstate": ("ben",),
    "edit": ("/dev/null",),
    "forget": ("ben",),
    "leavers": ("/dev/null",),
}
NO_REASON = {"leavers"}
"""Each row of a list says its own."""


@pytest.mark.promise("P-elsewhere")
def test_no_order_that_is_given_elsewhere_is_looked_at_here(here: Here) -> None:
    assert ORDERS.keys() == far.ORDERED
    for command, named in ORDERS.items():
        before = len(here.wire.sent)
        why = () if command in NO_REASON else ("--reason", "x")
        here.run(command, *named, *why, rights=Rights.ADMIN)
        assert [one.method for one in here.wire.sent[before:]][:1] == ["POST"], command


@pytest.mark.promise("P-elsewhere")
def test_somebody_is_forgotten_there_on_an_admins_word(here: Here) -> None:
    number, board = Phone("+351900000001"), here.wire.board
    with board.ledger.writing() as books:
        key = books.people.stranger(number, None, board.at)
    ends, said, complained = here.run("forget", "ben", "--dry-run", rights=Rights.ADMIN)
    assert (ends, "they are in the roster in force" in said) == (0, True), complained
    refused = here.run("forget", "ben", "--reason", "asked", "--yes", rights=Rights.ADMIN)
    assert (refused[0], "Take them out" in refused[2]) == (1, True)
    asked = ("forget", key, "--reason", "asked for erasure", "--yes")
    assert here.run(*asked)[0] == 1, "an operator may not"
    ends, said, complained = here.run(*asked, rights=Rights.ADMIN)
    assert (ends, f"{key} is forgotten" in said) == (0, True), complained
    with board.ledger.reading() as books:
        assert books.people.all()[key].phone != number
        records = [(one.kind, one.person) for one in books.audit.list()]
    assert records.count(("refused", "ben")) == 1
    assert ("forgotten", key) in records


@pytest.mark.promise("P-elsewhere")
def test_a_list_of_leavers_is_carried_out_there_or_nothing_of_it(
    here: Here, tmp_path: Path
) -> None:
    board, path = here.wire.board, tmp_path / "hr.csv"
    path.write_text("person,reason\nben,left\nnobody,left\n")
    ends, _, complained = here.run("leavers", str(path), rights=Rights.ADMIN)
    assert (ends, "hr.csv:3" in complained) == (1, True)
    path.write_text("person,reason\nben,left\n+351900000001,left\n")
    assert here.run("leavers", str(path))[0] == 1, "an operator may not"
    assert here.run("leavers", str(path), "--most", "1", rights=Rights.ADMIN)[0] == 1
    assert here.run("leavers", str(path), "--zone", "Mars", rights=Rights.ADMIN)[0] == 2
    assert here.run("leavers", "--from-url", rights=Rights.ADMIN)[0] == 2
    ends, said, complained = here.run("leavers", str(path), "--dry-run", rights=Rights.ADMIN)
    assert (ends, "2 new leavers" in said + complained) == (0, True)
    with board.ledger.reading() as books:
        assert not books.leavers.everywhere()
    ends, said, _ = here.run("leavers", str(path), "--json", rights=Rights.ADMIN)
    assert (ends, json.loads(said[said.index("{") :])["new"]) == (0, 2)
    with board.ledger.reading() as books:
        assert len(books.leavers.everywhere()) == 2
    again = here.run("leavers", str(path), "--json", rights=Rights.ADMIN)[1]
    told = json.loads(again[again.index("{") :])
    assert (told["new"], told["already"]) == (0, 2)
    assert not any(b"351900000001" in one for one in here.wire.heard)


@pytest.mark.promise("P-elsewhere")
def test_a_receiver_is_sent_events_again_and_a_held_hook_let_through_from_elsewhere(
    here: Here,
) -> None:
    board = here.wire.board
    receiver = Receiver("crm", "https://crm.example/hook", Secret("a key", "the test"))
    hook = Hook("zd", "tickets", "zendesk", Secret("a key", "the test"))
    board.serve(events={"crm": receiver}, hooks={"zd": hook})
    with board.ledger.writing() as books:
        hook_held.hold(books, "zd", "6 people would have lost their place", board.at)
    replay = ("events", "replay", "--after", "1")
    assert here.run(*replay)[0] == 1, "an operator may not"
    ends, said, complained = here.run(*replay, rights=Rights.ADMIN)
    assert (ends, "will be sent to crm again" in said) == (0, True), complained
    let = ("hooks", "let-through", "zd", "--most", "20", "--reason", "the trial is over")
    ends, said, complained = here.run(*let, rights=Rights.ADMIN)
    assert (ends, "20 more may end." in said) == (0, True), complained
    assert "nothing is new" in here.run(*let, rights=Rights.ADMIN)[1]
    for wrong in (("events", "replay", "--to", "cmr", "--after", "1"),
                  ("events", "replay", "--after", "999999"),
                  ("hooks", "let-through", "dz", "--most", "1", "--reason", "x"),
                  ("hooks", "let-through", "zd", "--most", "0", "--reason", "x")):  # fmt: skip
        assert here.run(*wrong, rights=Rights.ADMIN)[0] == 2, wrong
    with board.ledger.reading() as books:
        found = standing(books, "crm")
    assert found is not None
    assert found.taken == 1


DESK = """\
people:
  aiko: {name: Aiko, phone: "+351910000000"}
  ben:  {name: Ben,  phone: "+351910000001"}  # the second
shifts:
  asia: {zone: UTC, hours: all day, everyone: [aiko, ben]}
groups:
  acme:  {account: main, chat: 120363041234567001@g.us, shifts: [asia]}
"""


@pytest.mark.promise("P-elsewhere", "P-edits")
def test_the_roster_files_there_are_edited_and_put_back(
    filed: Callable[[str], Board],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    here = Here(filed(DESK), lambda: tuple(capsys.readouterr()))  # type: ignore[arg-type,return-value]  # two texts
    desk = here.wire.board.folder / "schedules" / "desk.yaml"
    joins = tmp_path / "joins.yaml"
    joins.write_text('people: {zara: {name: Zara, phone: "+351910000077"}}\n')
    edit = ("edit", str(joins), "--reason", "Zara joins")
    ends, said, _ = here.run(*edit, "--dry-run")
    assert (ends, "New in the roster: Zara." in said, desk.read_text()) == (0, True, DESK)
    assert "+  zara: {name: Zara" in said
    ends, said, complained = here.run(*edit, "--yes")
    assert (ends, "Saved as r" in said) == (0, True), complained
    assert "# the second" in desk.read_text()
    told = b"".join(here.wire.heard)
    assert not any(number in told for number in (b"351910000001", b"351910000077"))
    name = said.partition("Saved as ")[2].split()[0]
    assert here.run("undo", name, "--reason", "not yet", "--yes")[0] == 0
    assert desk.read_text() == DESK


def test_files_that_changed_there_since_they_were_looked_at_are_left_alone(
    filed: Callable[[str], Board],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    here = Here(filed(DESK), lambda: tuple(capsys.readouterr()))  # type: ignore[arg-type,return-value]  # two texts
    desk = here.wire.board.folder / "schedules" / "desk.yaml"
    (tmp_path / "edit.yaml").write_text("groups: {acme: {mode: managed}}\n")
    theirs = DESK.replace("the second", "another")
    here.wire.after = lambda: desk.write_text(theirs)
    given = ("edit", str(tmp_path / "edit.yaml"), "--reason", "fits", "--yes")
    ends, _, complained = here.run(*given)
    assert (ends, "changed in the meantime" in complained) == (1, True)
    assert desk.read_text() == theirs


@pytest.mark.promise("P-elsewhere")
def test_a_list_of_subscriptions_is_sent_weighed_there_and_kept_there(
    here: Here, tmp_path: Path
) -> None:
    path = tmp_path / "members.csv"
    path.write_text("key,phone,name,group,until\nM-1,+49 151 10000001,Zoe,acme,2026-02-01\n")
    given = ("subscriptions", "import", str(path))
    assert "Of the subscriptions 1 begin." in here.run(*given, "--dry-run")[2]
    assert "M-1" not in here.run("subscriptions")[1]
    ends, said, complained = here.run(*given, "--yes")
    assert (ends, "Written down." in said) == (0, True), complained
    assert "M-1" in here.run("subscriptions")[1]
    assert "Nothing is new." in here.run(*given, "--yes")[1]
    path.write_text("key,phone,name,group,until\nM-2,49151,Al,acmee,soon\n")
    ends, _, complained = here.run(*given, "--yes")
    assert (ends, complained.count("rotation: members.csv:2:")) == (1, 3)
    assert "Did you mean `acme`?" in complained


@pytest.mark.promise("P-elsewhere")
def test_a_group_is_read_there_before_the_plan_is_told(here: Here) -> None:
    board = here.wire.board

    def reads() -> None:
        with board.ledger.writing() as books:
            known, told = books.groups.state("acme"), books.webhooks.told("main")
            if "acme" in told:
                books.groups.save(replace(known, read_ended_at=board.at + timedelta(seconds=1)))

    here.wire.after = reads
    ends, said, complained = here.run("plan", "acme", "--fresh")
    assert (ends, "acme (managed" in said) == (0, True), (said, complained)
    assert "did not read it" not in complained
    assert here.run("plan", "--fresh")[0] == 2
    assert "role operator" in here.run("plan", "acme", "--fresh", rights=Rights.VIEWER)[2]


def test_a_wipe_there_is_waited_for_here(here: Here) -> None:
    board = here.wire.board

    def proves() -> None:
        with board.ledger.writing() as books:
            people = [mark.person for mark in books.leavers.standing()]
            books.leavers.progress(people, board.at, board.at)

    assert "never wiped" in here.run("wipe", "ben", "--report")[2]
    here.wire.after = proves
    given = ("wipe", "ben", "--reason", "left", "--yes")
    ends, said, complained = here.run(*given, rights=Rights.ADMIN)
    assert (ends, "Ben: complete" in said) == (0, True), complained
    assert "Ben: complete" in here.run("wipe", "Ben", "--report")[1]
    assert json.loads(here.run("wipe", "ben", "--report", "--json")[1])["state"] == "complete"


def test_a_wipe_is_asked_for_there_and_need_not_be_waited_for(here: Here) -> None:
    given = ("wipe", "ben", "--reason", "left", "--no-wait")
    ends, _, complained = here.run(*given, rights=Rights.ADMIN)
    assert (ends, "nobody is there to be asked" in complained) == (2, True)
    ends, said, complained = here.run(*given, "--yes", rights=Rights.ADMIN)
    assert (ends, "wipe --report ben" in said) == (0, True), complained
    assert "Ben: running" in here.run("wipe", "ben", "--report")[1]
    ends, _, complained = here.run("wipe", "ben", "--rehearse")
    assert (ends, "on a copy of the ledger" in complained) == (2, True)
    assert here.run("reinstate", "ben", "--reason", "back", rights=Rights.ADMIN)[0] == 0


def test_what_is_refused_there_is_said_here_and_on_record_there(here: Here) -> None:
    ends, _, complained = here.run("handover", "trial", "--in", "ben", "--reason", "x", "--yes")
    assert (ends, "only watched" in complained) == (1, True)
    assert "refused" in here.run("history")[1]
    ends, _, complained = here.run("handover", "acmee", "--in", "ben", "--reason", "x", "--yes")
    assert (ends, "Did you mean `acme`?" in complained) == (2, True)
    ends, _, complained = here.run(*HANDOVER, "--yes", rights=Rights.VIEWER)
    assert (ends, "role operator" in complained) == (1, True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("status", "--config", "x"), "--config and --server exclude each other"),
        ((*HANDOVER, "--author", "me"), "the token says who asks"),
        (("run",), "works on the machine itself only"),
        (("backup", "x.db"), "itself only, for it needs the ledger itself"),
        (("check",), "itself only, for it reads files and settings of this machine"),
        (("who", "--schedules", "/etc"), "`--schedules` cannot be said of who from elsewhere"),
        (("history", "--verify"), "`--verify` cannot be said"),
        (("history", "--limit", "99999"), "1000 at most"),
        (("status", "--json", "--", "x"), "`--` cannot be said"),
        (("status", "none"), "there is no group `none`"),
        (("who", "--at", "tomorrow"), "the time `tomorrow`"),
        (("next", "--count", "x"), "should be a valid integer"),
    ],
)
def test_what_cannot_be_had_from_elsewhere_is_said(
    here: Here, given: tuple[str, ...], says: str
) -> None:
    ends, _, complained = here.run(*given)
    assert (ends, says in complained) == (2, True), complained


def test_a_command_that_orders_is_never_run_as_one_that_looks(here: Here) -> None:
    here.run(*HANDOVER, "--yes")
    for arguments in (["h1"], ["h1", "--reason", "x"], ["--json", "h1"]):
        query = [("argument", one) for one in arguments]
        told = Server(URL, _secret(here), transport=here.wire).get("/v1/commands/undo", query)
        assert told.status == 422
    for arguments in (["import", "/etc/passwd"], ["--json", "end", "x"]):
        query = [("argument", one) for one in arguments]
        server = Server(URL, _secret(here), transport=here.wire)
        assert server.get("/v1/commands/subscriptions", query).status == 422


def _secret(here: Here) -> str:
    with here.wire.board.ledger.writing() as books:
        return str(books.tokens.make("x", "mara", here.wire.board.at)[1])


def test_every_command_that_is_run_elsewhere_is_one_of_ours() -> None:
    assert PRINTED.keys() | far.ORDERED <= {one.name for one in listed()}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(404, text="there is nothing here"), "older rotation"),
        (httpx.Response(200, text="<html>"), "older rotation"),
        (httpx.Response(302, headers={"location": "https://x.y"}), "where nobody goes"),
        (httpx.Response(502, json=[]), "older rotation"),
    ],
)
def test_a_server_that_is_none_of_ours_is_told_apart(
    capsys: pytest.CaptureFixture[str], answer: httpx.Response, says: str
) -> None:
    server = Server(URL, "x", transport=httpx.MockTransport(lambda _: answer))
    with pytest.raises(SystemExit) as ends:
        far.run(Far(URL, server), ["status"])
    assert (ends.value.code, says in capsys.readouterr().err) == (3, True)


def test_the_line_and_the_environment_name_the_server(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*given: str) -> tuple[object, str]:
        with pytest.raises(SystemExit) as ends:
            main(given)
        return ends.value.code, capsys.readouterr().err

    monkeypatch.delenv("ROTATION_TOKEN", raising=False)
    assert "ROTATION_TOKEN" in ended("status", "--server", URL)[1]
    assert "ROTATION_TOKEN" in ended("status", f"--server={URL}")[1]
    monkeypatch.setenv("ROTATION_SERVER", URL)
    assert "ROTATION_TOKEN" in ended("status")[1]
    code, complained = ended("review", "--config", "none.toml")
    assert (code, "ROTATION_TOKEN" in complained) == (3, False)
    code, complained = ended("backup", "to.db")
    assert (code, "works on the machine itself only" in complained) == (2, True)
    monkeypatch.setenv("ROTATION_TOKEN", "x")
    for url in ("http://board.example", "board.example", "", "https://a:b@c"):
        code, complained = ended("status", "--server", url)
        assert (code, "the server" in complained) == (2, True)
    code, complained = ended("status", "--server", "http://127.0.0.1:1")
    assert (code, "does not answer: could not connect" in complained) == (3, True)
