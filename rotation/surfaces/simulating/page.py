"""A simulation's result as one HTML file: nothing outside it, no script, fit to be printed."""

from collections.abc import Iterable, Iterator
from html import escape

from rotation.surfaces.simulating.result import Result
from rotation.surfaces.simulating.words import Section, asked_said, next_steps, sections

_STYLE = """\
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --paper: #fff; --line: #d9dee6;
  --good: #14713a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --paper: #14181f;
  --line: #323a46; --good: #6fd394; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin-bottom: 0; font-size: 1.6rem; }
h2 { margin: 2rem 0 .4rem; font-size: 1.1rem; }
p { margin: .3rem 0; color: var(--soft); }
.verdict { font-size: 1.2rem; font-weight: 600; }
.well { color: var(--good); }
.ill { color: var(--bad); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
td:last-child { overflow-wrap: anywhere; min-width: 9rem; }
th { color: var(--soft); font-weight: 600; }
code { font-size: .9em; }
@media print { :root { --ink: #000; --soft: #333; --paper: #fff; --line: #999; --good: #000;
  --bad: #000; } body { margin: 0; max-width: none; font-size: 10pt; }
  tr, h2 { break-inside: avoid; } h2 { break-after: avoid; } .wide { overflow: visible; } }
"""


def page(result: Result) -> str:
    """The whole file."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    said = asked_said(result)
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>rotation simulate: {escape(said)}</title>"
    yield f"<style>\n{_STYLE}</style></head><body>"
    yield "<h1>A rehearsal of your rosters</h1>"
    yield f"<p>{escape(said)}</p>"
    yield _verdict(result)
    for section in sections(result):
        yield from _section(section)
    yield "<h2>What to do next</h2>"
    yield from (f"<p>{_with_code(line)}</p>" for line in next_steps(result))
    yield "</body></html>"


def _verdict(result: Result) -> str:
    found = len(result.violations)
    if result.well:
        return '<p class="verdict well">No invariant was broken, and all converged.</p>'
    return f'<p class="verdict ill">Invariants were broken: {found}.</p>'


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    if section.rows:
        yield f'<div class="wide"><table><thead>{_row(section.columns, "th")}</thead><tbody>'
        yield from (_row(row, "td") for row in section.rows)
        yield "</tbody></table></div>"
    else:
        yield "<p>none</p>"
    if section.note:
        yield f"<p>{escape(section.note)}</p>"


def _row(cells: Iterable[str], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    return f"<tr>{''.join(f'<{tag}{scope}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _with_code(line: str) -> str:
    """What stands between backticks is code."""
    parts = escape(line).split("`")
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(parts))
