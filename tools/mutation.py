"""Change the core a little, thousands of times, and see whether its quick tests notice.

    python tools/mutation.py [MODULE ...]

mutmut is no part of the locks: it is installed once into an environment of its own, beside that of
the tests. It works on a copy in build/mutation, where it goes on from wherever it was stopped; a
module's name (decide, guard) has only that one done. Ends with 1 below 90 % of all.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY, ENVIRONMENT = ROOT / "build" / "mutation", ROOT / ".venv-mutation"
MUTMUT = "mutmut==3.8.1"
COPIED = ("alembic", "rotation", "schedules", "tests")
GOAL = 0.9
SETTINGS = """

[tool.mutmut]
source_paths = ["rotation/core/"]
also_copy = ["rotation", "tests", "alembic", "schedules", "pyproject.toml"]
pytest_add_cli_args_test_selection = [
  "tests/core", "-m", "not slow", "--hypothesis-profile=fast", "-p", "no:cacheprovider",
]
"""
KILLED, SURVIVED, UNTESTED, TIMED_OUT = (1, 3), (0,), (5, 33), (-24, 24, 36, 152, 255)
"""What mutmut writes for a mutant: the exit code of the tests, or a number of its own."""


def main(modules: list[str]) -> int:
    programs = environment()
    copied()
    names = [f"rotation.core.{module}.*" for module in modules]
    outer = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    workers = str(os.cpu_count() or 1)
    command = [str(programs / "mutmut"), "run", "--max-children", workers, *names]
    subprocess.run(command, cwd=COPY, env={**os.environ, **outer}, check=False)  # noqa: S603 - mutmut
    return shown(COPY / "mutants" / "rotation" / "core")


def environment() -> Path:
    """The programs of an environment with mutmut, in which the tests' own packages are seen."""
    programs = ENVIRONMENT / "bin"
    if not (programs / "mutmut").exists():
        made = (sys.executable, "-m", "venv", str(ENVIRONMENT))
        filled = (str(programs / "python"), "-m", "pip", "--quiet", "install", MUTMUT)
        for command in (made, filled):
            subprocess.run(command, check=True)  # noqa: S603 - Python's own venv and pip
        mine = next((Path(sys.prefix) / "lib").glob("python3*")) / "site-packages"
        theirs = next((ENVIRONMENT / "lib").glob("python3*")) / "site-packages"
        (theirs / "tests.pth").write_text(f"import site; site.addsitedir({str(mine)!r})\n")
    return programs


def copied() -> None:
    """The sources as they are now, with mutmut's settings; what it found before stays."""
    COPY.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.rmtree(COPY / name, ignore_errors=True)
        unwanted = shutil.ignore_patterns("__pycache__", "test_explorer.py")
        shutil.copytree(ROOT / name, COPY / name, ignore=unwanted)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8") + SETTINGS
    (COPY / "pyproject.toml").write_text(settings, encoding="utf-8")


def shown(folder: Path) -> int:
    """Print a line for each module, and whether enough of all was noticed."""
    everything: Counter[str] = Counter()
    print(f"\n{'module':<12} {'mutants':>7} {'noticed':>7} {'score':>7}")
    for written in sorted(folder.glob("*.py.meta")):
        counts = counted(written)
        if counts.total():
            everything += counts
            print(line(written.name.removesuffix(".py.meta"), counts))
    print(line("all", everything))
    return int(score(everything) < GOAL)


def counted(written: Path) -> Counter[str]:
    """How many mutants of a module were noticed, and how many were not; others were not tried."""
    found = json.loads(written.read_text(encoding="utf-8"))["exit_code_by_key"].values()
    noticed = sum(code in (*KILLED, *TIMED_OUT) for code in found)
    unnoticed = sum(code in (*SURVIVED, *UNTESTED) for code in found)
    return Counter(noticed=noticed, unnoticed=unnoticed)


def score(counts: Counter[str]) -> float:
    return counts["noticed"] / counts.total() if counts.total() else 0.0


def line(name: str, counts: Counter[str]) -> str:
    return f"{name:<12} {counts.total():>7} {counts['noticed']:>7} {score(counts):>7.1%}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
