"""The log: one line per event, in UTC, with nothing in it that should not be written down."""

import io
import json
import logging
import math
import re
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.roster import AccountId, GroupId, Person, PersonId, Phone
from rotation.engine import Event
from rotation.settings import Log, Secret
from rotation.surfaces.logs import Cleaning, configure, is_coloured
from rotation.surfaces.start import logged as effect

Logged = Callable[..., io.StringIO]
CANARY = "canary/7f3a+9="
PHONE = "+351912345678"
MARA = Person(PersonId("mara"), "Mara", Phone(PHONE))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def refuse(why: str) -> None:
    raise ConnectionError(why)


def ours() -> structlog.typing.FilteringBoundLogger:
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger("rotation.engine")
    return logger


def test_a_line_for_machines_is_one_json_object(logged: Logged) -> None:
    stream = logged("json")
    ours().info("seen in the group", group="acme-vip", tries=3, late=False, wait=1.5, next=None)
    assert stream.getvalue().endswith("}\n")
    assert json.loads(stream.getvalue()) == {
        "at": "2026-01-05T08:00:00.123Z",
        "level": "info",
        "event": "seen in the group",
        "logger": "rotation.engine",
        "group": "acme-vip",
        "tries": 3,
        "late": False,
        "wait": 1.5,
        "next": None,
    }


def test_a_line_for_people_is_short(logged: Logged) -> None:
    stream = logged("console")
    ours().warning("held", group="acme-vip", why="too few are seen", at_once=True)
    assert stream.getvalue() == (
        "2026-01-05T08:00:00.123Z warning held  group=acme-vip  "
        'why="too few are seen"  at_once=true\n'
    )


def test_lines_are_stamped_in_utc_wherever_the_clock_stands() -> None:
    stream = io.StringIO()
    lisbon = datetime(2026, 7, 5, 9, 0, tzinfo=timezone(timedelta(hours=1)))
    try:
        configure(Log("console"), stream=stream, now=lambda: lisbon)
        ours().info("x")
    finally:
        structlog.reset_defaults()
    assert stream.getvalue().startswith("2026-07-05T08:00:00.000Z ")


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_nothing_below_the_level_is_written(level: str, logged: Logged) -> None:
    stream = logged("json", level)
    for name in ("debug", "info", "warning", "error"):
        getattr(ours(), name)(name)
    written = [json.loads(line)["level"] for line in stream.getvalue().splitlines()]
    assert written == ["debug", "info", "warning", "error"][-len(written) :]
    assert written[0] == level


@pytest.mark.parametrize("library", ["httpx", "httpcore", "apscheduler", "uvicorn", "alembic", "x"])
def test_libraries_are_heard_from_warning_on_and_masked_alike(library: str, logged: Logged) -> None:
    stream = logged("json", "debug", Secret.of(CANARY, "k", "here"))
    their = logging.getLogger(library)
    their.info("HTTP Request: POST https://api.example.com/?access_token=%s", CANARY)
    their.debug("x")
    assert stream.getvalue() == ""
    their.warning("no answer for %s with %s\nforged", PHONE, CANARY)
    line = json.loads(stream.getvalue())
    assert (line["level"], line["logger"]) == ("warning", library)
    assert line["event"] == r"no answer for ***678 with ***\nforged"


def test_a_library_that_writes_by_itself_is_stopped_from_doing_so(logged: Logged) -> None:
    elsewhere = io.StringIO()
    their = logging.getLogger("uvicorn.access")
    their.addHandler(logging.StreamHandler(elsewhere))
    their.propagate = False
    stream = logged("json")
    their.error("x")
    assert elsewhere.getvalue() == ""
    assert len(stream.getvalue().splitlines()) == 1


def test_a_warning_of_python_is_a_line_like_the_others(logged: Logged) -> None:
    stream = logged("json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old", stacklevel=1)
        logging.captureWarnings(capture=False)
    assert json.loads(stream.getvalue())["logger"] == "py.warnings"


EVERYWHERE = [
    {"text": f"to {PHONE}"},
    {"number": 351912345678},
    {"number": -351912345678.0},
    {"phones": [PHONE, {"deep": (PHONE,)}]},
    {"people": {PHONE: "in"}},
    {"person": MARA},
    {"jid": "351912345678@s.whatsapp.net"},
    {"raw": b"+351912345678"},
    {PHONE: 1},
    {"error": ValueError(PHONE)},
]


@pytest.mark.promise("S14")
@pytest.mark.parametrize("kind", ["json", "console"])
@pytest.mark.parametrize("values", EVERYWHERE)
def test_a_number_is_masked_wherever_it_stands(
    values: dict[str, object], kind: str, logged: Logged
) -> None:
    stream = logged(kind)
    ours().info("x", **values)
    assert "678" in stream.getvalue() or "8.0" in stream.getvalue()
    assert "12345" not in stream.getvalue()


@pytest.mark.promise("S14")
@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_secret_never_reaches_the_log(kind: str, logged: Logged) -> None:
    secret = Secret.of(CANARY, "accounts.main.token", "here")
    stream = logged(kind, "info", secret)
    structlog.contextvars.bind_contextvars(bound=CANARY)
    ours().info(f"with {CANARY}", url=f"https://h/?t={CANARY}", deep=[{"x": CANARY}], obj=secret)
    ours().info("encoded", url="https://h/?t=canary%2F7f3a%2B9%3D", **{CANARY: 1})
    try:
        refuse(f"refused by https://h/?t={CANARY}")
    except ConnectionError:
        ours().exception("failed")
        logging.getLogger("anything").exception("failed")
    written = stream.getvalue()
    assert "ConnectionError" in written
    assert "canary" not in written


def test_what_is_called_a_token_is_hidden_whatever_it_is(logged: Logged) -> None:
    stream = logged("json")
    ours().info("x", **{"access_token": "abc", "in": {"Authorization": "abc", "tokens": 3}})
    line = json.loads(stream.getvalue())
    assert {
        "access_token": "***",
        "in": {"Authorization": "***", "tokens": 3},
    }.items() <= line.items()


HOSTILE = 'Ben\n2026-01-05T08:00:00.000Z error   forged\x1b[2J\r\u2028\u202e"}\n{"event":"x'


@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_name_cannot_forge_a_line_or_steer_a_terminal(kind: str, logged: Logged) -> None:
    stream = logged(kind)
    ours().info(HOSTILE, name=HOSTILE, **{HOSTILE: 1})
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()


def test_a_traceback_for_people_cannot_pass_for_lines(logged: Logged) -> None:
    stream = logged("console")
    try:
        refuse(HOSTILE)
    except ConnectionError:
        ours().exception("failed")
    first, *rest = stream.getvalue().splitlines()
    assert first == "2026-01-05T08:00:00.123Z error   failed"
    assert rest
    assert all(line.startswith("    | ") and line.isprintable() for line in rest)


def test_a_call_that_cannot_be_written_costs_its_line_only(
    logged: Logged, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = logged("json")
    logging.getLogger("library").warning("%d", CANARY)
    logging.getLogger("library").warning("next")
    lost, following = stream.getvalue().splitlines()
    assert lost == "a log line of library could not be written"
    assert json.loads(following)["event"] == "next"
    assert CANARY not in "".join(capsys.readouterr())


def test_letters_that_the_terminal_lacks_are_written_as_escapes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    try:
        configure(Log("console"), stream=stream, now=lambda: datetime(2026, 1, 5, tzinfo=UTC))
        ours().info("Zoë")
    finally:
        structlog.reset_defaults()
    stream.flush()
    assert raw.getvalue().endswith(rb"Zo\xeb" + b"\n")


def test_colour_is_for_terminals_whose_owner_wants_it() -> None:
    assert is_coloured(Terminal(), {"TERM": "xterm"})
    assert not is_coloured(Terminal(), {"NO_COLOR": "1"})
    assert is_coloured(Terminal(), {"NO_COLOR": ""})
    assert not is_coloured(Terminal(), {"TERM": "dumb"})
    assert not is_coloured(io.StringIO(), {})


PRINTABLE = st.text(max_size=12).filter(str.isprintable)  # an escape may have many digits
FLOATS = st.sampled_from([math.nan, math.inf, -math.inf, 1e300, 3.5, -351912345678.0])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | PRINTABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PRINTABLE, inner, max_size=3),
    max_leaves=8,
)


@given(values=st.dictionaries(PRINTABLE, VALUES, max_size=4))
def test_any_values_become_json_on_one_line_without_long_numbers(
    values: dict[str, object],
) -> None:
    event = {"at": "now", "event": "x"} | values
    cleaned = Cleaning()(None, "info", dict(event))
    text = json.dumps(cleaned, ensure_ascii=False, allow_nan=False)
    assert text.isprintable()
    assert not re.search(r"\d{8}", text)


@pytest.mark.promise("P-operator")
def test_an_effect_is_one_line_with_its_account_group_person_and_words(logged: Logged) -> None:
    stream = logged("json")
    at = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    main, desk, ana = AccountId("main"), GroupId("desk"), PersonId("ana")
    effect(Event(at, "remove_refused", main, desk, ana, "no +351912345678 here"))
    effect(Event(at, "guarded", main, text="S1"))
    first, second = [json.loads(line) for line in stream.getvalue().splitlines()]
    told = ["at", "level", "event", "logger", "account", "group", "person", "about"]
    assert list(first) == told
    assert [first[key] for key in told[1:7]] == [
        *("info", "remove_refused", "rotation", "main", "desk", "ana"),
    ]
    assert "912345" not in first["about"]
    assert (second["level"], second["account"], "group" in second) == ("warning", "main", False)
