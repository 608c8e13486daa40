"""The import contracts hold, and each of them catches what it is there to catch."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

BREACHES = {
    "the core calls out": ("rotation.core.roster", "httpx"),
    "the core asks the machine": ("rotation.core.facts", "os"),
    "the core throws dice": ("rotation.core.outcome", "random"),
    "the roster knows the timeline": ("rotation.core.roster", "rotation.core.timeline"),
    "the guard asks the decision": ("rotation.core.guard", "rotation.core.decide"),
    "the guard borrows a rule": ("rotation.core.guard", "rotation.core.cover"),
    "a rule reads wall clocks": ("rotation.core.cover", "pendulum"),
    "an oracle asks the guard": ("rotation.wiring.oracles", "rotation.core.guard"),
    "an oracle asks the decision": ("rotation.wiring.oracles.calls", "rotation.core.decide"),
    "the engine speaks SQL": ("rotation.engine", "sqlalchemy"),
    "the engine sets alarms": ("rotation.engine", "apscheduler"),
    "the ledger knows the chats": ("rotation.ledger", "rotation.providers"),
    "the ledger makes calls": ("rotation.ledger", "httpx"),
    "a provider knows the sandbox": ("rotation.providers", "rotation.sandbox"),
    "the sandbox knows a provider": ("rotation.sandbox", "rotation.providers"),
    "a command answers browsers": ("rotation.surfaces.cli.operate", "starlette"),
    "a page writes a calendar itself": ("rotation.surfaces.web.board.pages", "icalendar"),
    "an import looks at the chats": ("rotation.importing", "rotation.providers"),
    "an edge reaches up": ("rotation.providers", "rotation.engine"),
    "the engine starts the program": ("rotation.engine", "rotation.wiring"),
}
PLACELESS = ("rotation.nowhere", "rotation.core.nowhere")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Checks the contracts of `tree`, each finding on one line however long."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache"],
        cwd=tree,
        env={"COLUMNS": "400", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def file_of(tree: Path, module: str) -> Path:
    path = tree.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.promise("P-layers")
def test_the_tree_keeps_every_contract(copy_of_the_tree: Callable[..., Path]) -> None:
    result = lint(copy_of_the_tree("pyproject.toml", "rotation"))
    assert result.returncode == 0, result.stdout


@pytest.fixture
def spoiled(copy_of_the_tree: Callable[..., Path]) -> Path:
    """A copy of the tree with every breach in it, and two modules nobody gave a place."""
    tree = copy_of_the_tree("pyproject.toml", "rotation")
    for importer, imported in BREACHES.values():
        with file_of(tree, importer).open("a", encoding="utf-8") as module:
            module.write(f"\nimport {imported}\n")
    for placeless in PLACELESS:
        file_of(tree, placeless).write_text('"""A module without a layer."""\n')
    return tree


@pytest.mark.promise("P-layers")
def test_every_breach_is_named(spoiled: Path) -> None:
    found = lint(spoiled)
    unseen = [
        breach
        for breach, (importer, imported) in BREACHES.items()
        if f"{importer} -> {imported} " not in found.stdout
    ]
    assert found.returncode != 0
    assert unseen == [], found.stdout


@pytest.mark.promise("P-layers")
def test_a_module_nobody_gave_a_layer_is_named(spoiled: Path) -> None:
    found = lint(spoiled)
    assert [name for name in PLACELESS if name not in found.stdout] == [], found.stdout
