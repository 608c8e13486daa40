"""Set-up that is written down once and true: the locks, the Makefile, the documents' links."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

PIN = re.compile(r"^(?P<name>[A-Za-z0-9_.\-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


@pytest.fixture(scope="session")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: Path) -> dict[str, str]:
    return {m["name"].lower(): m["version"] for m in PIN.finditer(lock.read_text("utf-8"))}


def unmet(asked: list[str], locked: dict[str, str]) -> list[str]:
    """The requirements `locked` doesn't fulfil."""
    wanted = [Requirement(line) for line in asked]
    return [
        str(need)
        for need in wanted
        if (have := locked.get(re.sub(r"[._]", "-", need.name.lower()))) is None
        or not need.specifier.contains(have, prereleases=True)
    ]


def test_the_runtime_lock_has_all_that_running_and_installing_ask_for(
    root: Path, project: dict[str, Any]
) -> None:
    asked = project["project"]["dependencies"] + project["build-system"]["requires"]
    assert unmet(asked, pins(root / "requirements.lock")) == []


def test_the_development_lock_adds_to_the_runtime_lock_and_changes_nothing(
    root: Path, project: dict[str, Any]
) -> None:
    runtime, development = (
        pins(root / "requirements.lock"),
        pins(root / "requirements-dev.lock"),
    )
    assert unmet(project["dependency-groups"]["dev"], development) == []
    assert runtime.items() <= development.items()


def test_running_needs_no_test_tool(root: Path) -> None:
    tools = {"pytest", "hypothesis", "mypy", "ruff", "import-linter", "coverage", "uv"}
    assert tools.isdisjoint(pins(root / "requirements.lock"))


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_is_pinned_with_its_hashes(root: Path, lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (root / lock).read_text(encoding="utf-8").strip())
    assert [e for e in entries if not PIN.match(e) or "--hash=sha256:" not in e] == []


def test_every_make_target_is_described(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    described = set(re.findall(r"^([a-z]+):.* ## \S", makefile, re.MULTILINE))
    assert set(phony[1].split()) == described

    helped = subprocess.run(
        ["make", "--no-print-directory"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert [name for name in described if f"make {name} " not in helped] == []


@pytest.mark.parametrize("script", [".ci/run", "tools/python"])
def test_the_scripts_parse_and_may_be_started(root: Path, script: str) -> None:
    path = root / script
    shell = path.read_text(encoding="utf-8").splitlines()[0].rsplit("/", 1)[-1].split()[-1]
    subprocess.run([shell, "-n", path], check=True)
    assert path.stat().st_mode & 0o111


def test_a_python_too_old_is_refused_with_what_to_do(root: Path) -> None:
    result = subprocess.run(
        [root / "tools" / "python"],
        env={"PYTHON": "/bin/false", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "not a Python 3.11 or newer" in result.stderr


LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings make."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_links_between_documents_lead_somewhere(
    root: Path, committed: tuple[Path, ...]
) -> None:
    broken = []
    for page in (path for path in committed if path.suffix == ".md"):
        for link in LINK.finditer(page.read_text(encoding="utf-8")):
            target, _, anchor = link["target"].partition("#")
            if re.match(r"[a-z]+:", link["target"]):
                continue
            there = (page.parent / target).resolve() if target else page
            if not there.exists() or (anchor and anchor not in anchors(there.read_text("utf-8"))):
                broken.append(f"{page.relative_to(root)} -> {link['target']}")
    assert broken == []
