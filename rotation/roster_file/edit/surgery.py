"""A file's text made to say something else, by changing no line that need not change.

Comments, order, layout and quotes of all that stays are the writer's; a YAML library that writes
the whole file anew would lay out lines that nobody meant.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from rotation.roster_file.edit.nodes import Node, nodes
from rotation.roster_file.edit.writing import flow, key_text, pair, scalar
from rotation.roster_file.tree import Data, Path

_REST = re.compile(r",?\s*(#.*)?")
"""What may stand in a line behind an item that has it to itself."""


def same(one: Data, other: Data) -> bool:
    return _told(one) == _told(other)


def _told(value: Data) -> str:
    return json.dumps(value, sort_keys=True)


def rewritten(text: str, target: dict[str, Data]) -> str:
    """The text that says `target`, as near to `text` as it can be.

    Whoever calls reads it again: of what is written in unusual ways it may come out wrong.
    """
    root = nodes(text)
    patches = _Patches(text)
    patches.value((), root, target)
    return patches.applied()


@dataclass
class _Patches:
    """What is to be put in place of which stretch of the text."""

    text: str
    found: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._newline = "\r\n" if "\r\n" in self.text else "\n"

    def applied(self) -> str:
        told, reached = [], 0
        for start, end, put in sorted(self.found, key=lambda patch: patch[:2]):
            told += [self.text[reached:start], put]
            reached = max(reached, end)
        return "".join((*told, self.text[reached:]))

    def put(self, start: int, end: int, text: str) -> None:
        self.found.append((start, end, text))

    # -- one value ------------------------------------------------------------------------

    def value(self, path: Path, node: Node, target: Data) -> None:
        """What stands at `node` is to say `target`, which is of the same kind."""
        if same(node.data, target):
            return
        if isinstance(target, dict) and isinstance(node.data, dict):
            self._mapping(path, node, target)
        elif isinstance(target, list) and isinstance(node.data, list):
            self._list(node, target)
        else:
            self._scalar(node, target)

    def _scalar(self, node: Node, target: Data) -> None:
        told = flow(target) if isinstance(target, dict | list) else scalar(
            target, node.style if isinstance(target, str) else ""
        )  # fmt: skip
        self._in_place(node, told)

    def _in_place(self, node: Node, told: str) -> None:
        """What stands in columns behind it stays there if it can."""
        end = node.end
        behind = self.text[end : self._line_end(end)]
        comma = "," if behind.startswith(",") else ""
        gap = len(behind[len(comma) :]) - len(behind[len(comma) :].lstrip(" "))
        if gap > 1:
            pad = max(1, gap - (len(told) - (end - node.start)))
            told, end = told + comma + " " * pad, end + len(comma) + gap
        self.put(node.start, end, told)

    # -- mappings -------------------------------------------------------------------------

    def _mapping(self, path: Path, node: Node, target: dict[str, Data]) -> None:
        names = _keys(node)
        stays = [name in target for name in names]
        for name, key, item in zip(names, node.keys, node.items, strict=True):
            if name in target and not same(item.data, target[name]):
                self._pair((*path, name), key, item, target[name])
        new = {name: value for name, value in target.items() if name not in names}
        if node.flow:
            told = [f"{key_text(name)}: {flow(value)}" for name, value in new.items()]
            self._in_flow(node, stays, {len(names): told}, "{}")
            return
        kin = _kin(node, path)
        entries = [
            self._like(node, kin, name, value)
            if kin is not None and kin.flow and isinstance(value, dict)
            else self._newline.join(
                pair((*path, name), value, node.column, in_lines=None if kin is None else True)
            )
            for name, value in new.items()
        ]
        self._in_block(node, stays, {len(names): entries}, apart=self._is_apart(node))

    def _pair(self, path: Path, key: Node, item: Node, target: Data) -> None:
        kinds = type(item.data), type(target)
        emptied = not target and isinstance(target, dict | list) and not item.flow
        both = {dict, list} & set(kinds)
        if not item.flow and both and (kinds[0] is not kinds[1] or emptied):
            self.put(key.end, item.end, f": {flow(target)}")
        else:
            self.value(path, item, target)

    def _like(self, node: Node, kin: Node, name: str, value: dict[str, Data]) -> str:
        """An entry in one line, in the columns of the one above it where it has any."""
        begins = self._line_start(kin.start)
        columns = {key: k.start - begins for key, k in zip(_keys(kin), kin.keys, strict=True)}
        line = f"{' ' * node.column}{key_text(name)}:".ljust(kin.start - begins - 1) + " {"
        for n, (key, item) in enumerate(value.items()):
            line = (f"{line}," if n else line).ljust(columns.get(key, 0) - 1 if n else 0)
            line += f"{' ' if n else ''}{key_text(key)}: {flow(item)}"
        return line + "}"

    def _is_apart(self, node: Node) -> bool:
        """Whether an empty line stands between its last two entries."""
        if len(node.keys) < 2 or node.items[-1].flow:  # noqa: PLR2004 - two to compare
            return False
        between = self.text[node.items[-2].end : node.keys[-1].start]
        return any(not line.strip() for line in between.split("\n")[1:-1])

    # -- lists ----------------------------------------------------------------------------

    def _list(self, node: Node, target: list[Data]) -> None:
        old = [_told(item.data) for item in node.items]
        new = [_told(item) for item in target]
        if node.flow and "\n" not in self.text[node.start : node.end]:
            known = {
                told: self.text[n.start : n.end] for told, n in zip(old, node.items, strict=True)
            }
            items = [known.get(told) or flow(v) for told, v in zip(new, target, strict=True)]
            self._in_place(node, f"[{', '.join(items)}]")
            return
        stays, coming = [False] * len(old), dict[int, list[Data]]()
        for block in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            what, first, last, begins, ends = block
            if what == "equal":
                stays[first:last] = [True] * (last - first)
            elif target[begins:ends]:
                coming[first] = target[begins:ends]
        if node.flow:
            self._in_flow(node, stays, {n: [*map(flow, some)] for n, some in coming.items()}, "[]")
        else:
            before = " " * node.column + "- "
            told = {n: [before + flow(item) for item in some] for n, some in coming.items()}
            self._in_block(node, stays, told, apart=False)

    # -- what both have in common ---------------------------------------------------------

    def _in_flow(
        self, node: Node, stays: Sequence[bool], coming: dict[int, list[str]], braces: str
    ) -> None:
        """Take out what does not stay of `{...}` or `[...]`, and put in what comes, by place."""
        kept = [n for n, stay in enumerate(stays) if stay]
        if not kept:
            inside = ", ".join(told for some in coming.values() for told in some)
            self.put(node.start, node.end, f"{braces[0]}{inside}{braces[1]}")
            return
        starts, last = node.starts, len(stays) - 1
        for n, stay in enumerate(stays):
            if not stay and n < kept[-1]:
                self.put(starts[n], starts[n + 1], "")
        if kept[-1] < last:
            self.put(node.items[kept[-1]].end, node.items[last].end, "")
        for place, told in coming.items():
            above = [n for n in kept if n < place]
            if above and told:
                self._behind(starts[above[-1]], node.items[above[-1]].end, told)
            elif told:
                at, joint = starts[kept[0]], self._joint(starts[kept[0]])
                self.put(at, at, "".join(f"{one},{joint}" for one in told))

    def _behind(self, start: int, end: int, told: list[str]) -> None:
        """Put items behind the one at `[start, end)`; in lines of their own where it has one."""
        joint, line_end = self._joint(start), self._line_end(end)
        rest = self.text[end:line_end]
        if joint == " " or not _REST.fullmatch(rest):
            self.put(end, end, "".join(f",{joint}{one}" for one in told))
            return
        comma = "," if rest.startswith(",") else ""
        self.put(end, end, "" if comma else ",")
        self.put(line_end, line_end, joint + f",{joint}".join(told) + comma)

    def _joint(self, start: int) -> str:
        """What stands between two items: a space, or a line's end where each has its line."""
        line = self.text[self._line_start(start) : start]
        return self._newline + line if not line.strip() else " "

    def _in_block(
        self, node: Node, stays: Sequence[bool], coming: dict[int, list[str]], *, apart: bool
    ) -> None:
        """The same of lines below each other."""
        kept = [n for n, stay in enumerate(stays) if stay]
        if not kept:
            first, last = self._line_start(self._head(node, 0)), self._line_end(node.end)
            told = [one for some in coming.values() for one in some]
            self.put(first, last, self._newline.join(told))
            return
        for n, stay in enumerate(stays):
            if not stay:
                self._take_lines(node, n)
        between = self._newline * (2 if apart else 1)
        for place, told in coming.items():
            above = [n for n in kept if n < place]
            if above:
                at = self._line_end(node.items[above[-1]].end)
                self.put(at, at, "".join(f"{between}{one}" for one in told))
            else:
                at = self._line_start(self._head(node, kept[0]))
                self.put(at, at, "".join(f"{one}{between}" for one in told))

    def _head(self, node: Node, n: int) -> int:
        """Where a child of a block begins: its key, or the dash before it."""
        return node.keys[n].start if node.keys else self.text.rfind("-", 0, node.items[n].start)

    def _take_lines(self, node: Node, n: int) -> None:
        head = self._head(node, n)
        start, end = self._line_start(head), self._line_end(node.items[n].end)
        if self.text[start:head].strip():  # behind the dash of a list
            self.put(head, node.starts[n + 1], "")
            return
        end = min(end + len(self._newline), len(self.text))
        while n and self._is_blank_above(start):
            start = self._line_start(start - 1)
        while not n and end < len(self.text) and self._is_blank_above(self._next_line(end)):
            end = self._next_line(end)
        self.put(start, end, "")

    def _is_blank_above(self, start: int) -> bool:
        return start > 0 and not self.text[self._line_start(start - 1) : start].strip()

    def _next_line(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        end = len(self.text) if found < 0 else found
        return end - 1 if end > at and self.text[end - 1] == "\r" else end


def _keys(node: Node) -> list[str]:
    return list(node.data) if isinstance(node.data, dict) else []


def _kin(node: Node, path: Path) -> Node | None:
    """The last entry of a section, which a new one is to look like."""
    kin = [item for item in node.items if isinstance(item.data, dict)]
    return kin[-1] if kin and len(path) == 1 else None
