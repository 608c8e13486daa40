"""`rotation init`: the files to begin with."""

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from rotation.surfaces.cli.output import Ends, fail, say
from rotation.surfaces.cli.output import as_json as show_json

ONLY_OURS, FOR_ALL = 0o600, 0o644
STARTERS = {
    "rotation.toml": ("rotation.toml", ONLY_OURS),
    "schedules/desk.yaml": ("desk.yaml", FOR_ALL),
    ".gitignore": ("gitignore", FOR_ALL),
}
"""What is written where, from which text, with which mode."""
SECRETS = "secrets"
NEXT = (
    "put your people and your group into schedules/desk.yaml, and run `rotation check`",
    "put the instance id into rotation.toml, the token into secrets/main.token (chmod 600)",
    "run `rotation doctor`, then `rotation run`: groups in watch mode are only looked at",
    "look at `rotation status` and `rotation adopt GROUP` before you write `mode: managed`",
)


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to begin.")] = Path(),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write a commented rotation.toml and an example roster; what exists is left alone."""
    try:
        begun = begin(folder)
    except OSError as why:
        reason = why.strerror or "it is not possible"
        fail(f"can't write {why.filename or folder}: {reason}", ends=Ends.PROBLEMS)
    if as_json:
        show_json(begun.told())
    else:
        say(begun.in_words())


@dataclass(frozen=True, slots=True)
class Begun:
    """What `init` wrote, and what it found and left as it was."""

    folder: Path
    wrote: tuple[str, ...]
    kept: tuple[str, ...]

    def told(self) -> dict[str, object]:
        return {"folder": str(self.folder), "wrote": self.wrote, "kept": self.kept, "next": NEXT}

    def in_words(self) -> str:
        lines = [f"wrote {self.folder / name}" for name in self.wrote]
        lines += [f"kept  {self.folder / name}, which was there already" for name in self.kept]
        steps = [f"  {number}. {step}" for number, step in enumerate(NEXT, start=1)]
        return "\n".join([*lines, "", "Next:", *steps])


def begin(folder: Path) -> Begun:
    """Writes what `folder` lacks. Raises OSError; what was written until then stays."""
    wrote, kept = [], []
    for name, (starter, mode) in STARTERS.items():
        path = folder / name
        if _is_taken(path) or not _write_new(path, _text(starter), mode):
            kept.append(name)
        else:
            wrote.append(name)
    (folder / SECRETS).mkdir(mode=0o700, exist_ok=True)
    return Begun(folder, tuple(wrote), tuple(kept))


def _is_taken(path: Path) -> bool:
    """Whether a file's place is taken: an example must not join a folder of real rosters."""
    rosters = path.suffix == ".yaml" and path.parent.is_dir()
    others = [*path.parent.glob("*.yaml"), *path.parent.glob("*.yml")] if rosters else []
    return bool(others) or path.is_symlink() or path.exists()


def _write_new(path: Path, text: str, mode: int) -> bool:
    """Writes a file that doesn't exist yet; False if somebody was quicker. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _text(starter: str) -> str:
    place = resources.files("rotation.surfaces.cli") / "starter" / starter
    return place.read_text(encoding="utf-8")
