"""What the bench found, one line each: measured, against what, how they compare, and the goal."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))
_Meets: TypeAlias = Callable[[float, float], bool]
_SIGNS: Mapping[str, _Meets] = {"<=": operator.le, ">=": operator.ge, "=": operator.eq}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be: `Goal("<=", 1.01)`."""

    sign: str
    limit: float
    unit: str = "x"

    def met_by(self, figure: float) -> bool:
        return _SIGNS[self.sign](figure, self.limit)

    def __str__(self) -> str:
        return f"{self.sign} {self.limit:g}{self.unit}"


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. `figure` is what the goal is about: a ratio, or the thing itself."""

    what: str
    measured: str
    baseline: str
    figure: float | None = None
    goal: Goal | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        figure, goal = "" if self.figure is None else f"{self.figure:.4g}x", ""
        if self.goal is not None and self.figure is not None:
            figure = f"{self.figure:.4g}{self.goal.unit}"
            goal = f"{self.goal}, {'met' if self.goal.met_by(self.figure) else 'MISSED'}"
        return self.what, self.measured, self.baseline, figure, goal


HEADS = ("what", "measured", "baseline", "figure", "goal")


def seconds(took: float) -> str:
    """`1.9 ms`: three digits in the unit that suits."""
    size, unit = next((pair for pair in _UNITS if abs(took) >= pair[0]), _UNITS[-1])
    return f"{took / size:.3g} {unit}"


def against(
    what: str, took: float, base: float, goal: Goal | None = None, *, base_is: str = ""
) -> Row:
    """A time as a multiple of another one from the same run."""
    told = f"{seconds(base)} {base_is}".strip()
    return Row(what, seconds(took), told, took / base, goal)


def show(title: str, rows: Iterable[Row]) -> None:
    lines = [HEADS, *(row.cells for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADS))]
    print(f"\n{title}")
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
