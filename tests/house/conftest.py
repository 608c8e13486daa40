"""The house: the tree as git has it, and copies of it to spoil."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()


@pytest.fixture(scope="session")
def root() -> Path:
    return next(up for up in HERE.parents if (up / "pyproject.toml").is_file())


@pytest.fixture(scope="session")
def committed(root: Path) -> tuple[Path, ...]:
    """Every file git keeps, and those it is about to keep."""
    listed = subprocess.run(
        [
            *("git", "-c", "safe.directory=*", "ls-files"),
            *("--cached", "--others", "--exclude-standard", "-z"),
        ],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (root / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


@pytest.fixture(scope="session")
def modules(root: Path, committed: tuple[Path, ...]) -> tuple[Path, ...]:
    """The Python files of the product, its migrations, its tools and its tests."""
    homes = ("rotation", "alembic", "tools", "tests")
    return tuple(
        path
        for path in committed
        if path.suffix == ".py" and path.relative_to(root).parts[0] in homes
    )


@pytest.fixture
def copy_of_the_tree(root: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes a copy of some of the tree, in a folder where nothing is precious."""

    def copy(*names: str) -> Path:
        home = tmp_path / "tree"
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.db*")
        for name in names:
            origin, target = root / name, home / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if origin.is_dir():
                shutil.copytree(origin, target, ignore=ignored)
            else:
                shutil.copy2(origin, target)
        return home

    return copy
