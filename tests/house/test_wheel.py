"""What is handed to users: the wheel has all that runs, and nothing else."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.process
@pytest.mark.promise("P-whole-wheel")
def test_the_wheel_carries_migrations_and_examples_and_no_tests(
    copy_of_the_tree: Callable[..., Path], tmp_path: Path
) -> None:
    tree = copy_of_the_tree(
        *("pyproject.toml", "README.md", "LICENSE"),
        *("rotation", "alembic", "schedules", "tests/house/conftest.py"),
    )
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])",
            str(tmp_path),
        ],
        cwd=tree,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    migrations = {n for n in names if n.startswith("rotation/ledger/migrations/versions/")}
    examples = {n for n in names if n.startswith("rotation/examples/")}

    board = {n.rpartition(".")[2] for n in names if n.startswith("rotation/surfaces/web/board/")}

    assert board == {"py", "html", "css", "js", "svg"}
    assert "rotation/py.typed" in names
    assert "rotation/ledger/migrations/env.py" in names
    assert any(name.endswith(".py") for name in migrations)
    assert any(name.endswith(".yaml") for name in examples)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"rotation"}
    assert not any("test" in name for name in names)
