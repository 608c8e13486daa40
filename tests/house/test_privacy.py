"""Nothing committed tells where it was written or where its packages came from."""

import re
from pathlib import Path

import pytest

# Written in pieces, so that this file isn't the first to break its own rule.
REGISTRIES = [
    *("pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "npmjs" + r"\.org"),
    *("deb" + r"\.debian", "archive" + r"\.ubuntu", "crates" + r"\.io", "proxy" + r"\.golang"),
    *("index" + "-url", "find" + "-links", "/simp" + r"le/?(\s|\"|'|$)"),
]
WORKPLACES = [
    *(r"(?<![\w.\-])/" + "work/", r"(?<![\w.\-])/" + "farm/", r"(?<![\w.\-])/" + "root/"),
    *(r"\.\./" + "shared", "bash" + "_jobs", r"file://" + "/", r"/" + r"home/\w+/"),
    *(
        r"\b" + "Clau" + "de",
        "chat" + "gpt",
        "anthro" + "pic",
        "open" + "ai",
        r"\b" + "LL" + r"Ms?\b",
    ),
    *(r"\b" + r"AI[ -]", "language " + "model", "sub" + "agent", "co-authored" + "-by"),
]
FORBIDDEN = re.compile("|".join(REGISTRIES + WORKPLACES), re.IGNORECASE)


def found_in(text: str) -> list[str]:
    return [match[0] for match in FORBIDDEN.finditer(text)]


@pytest.mark.slow
@pytest.mark.promise("P-private")
def test_no_file_names_a_registry_or_a_workplace(root: Path, committed: tuple[Path, ...]) -> None:
    telling = {
        str(path.relative_to(root)): found
        for path in committed
        if (found := found_in(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert telling == {}


def test_a_host_in_a_lock_would_be_seen() -> None:
    assert found_in("--index" + "-url https://py" + "pi.org/")
    assert found_in("read /" + "work/notes first")
    assert not found_in("the framework/ says what works; https://example.org/")
