"""Where everything stands in the text of a roster file: what each value is, from where to where."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml.events import (
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rotation.roster_file.tree import Data, events, plain


@dataclass(slots=True)
class Node:
    """One value of the text, `text[start:end]` without the line's end behind it.

    `style` is the quote or sign of a scalar. Of a mapping the `keys` stand beside the `items`.
    """

    start: int
    end: int
    column: int
    data: Data
    flow: bool = False
    style: str = ""
    keys: list["Node"] = field(default_factory=list)
    items: list["Node"] = field(default_factory=list)

    @property
    def starts(self) -> list[int]:
        """Where each of its children begins: at its key, where it has one."""
        return [child.start for child in self.keys or self.items]

    @property
    def is_scalar(self) -> bool:
        return not isinstance(self.data, dict | list)


def nodes(text: str) -> Node:
    """The root of a text that was read before, so that nothing in it is a trick."""
    coming = (e for e in events(text) if isinstance(e, _OURS))
    return _node(next(coming), coming, text)


_ENDS = (MappingEndEvent, SequenceEndEvent)
_OURS = (ScalarEvent, MappingStartEvent, SequenceStartEvent, *_ENDS)


def _node(event: Event, coming: Iterator[Event], text: str) -> Node:
    start, column = event.start_mark.index, event.start_mark.column
    if isinstance(event, ScalarEvent):
        found = str(event.value)
        end = start + len(text[start : event.end_mark.index].rstrip())
        return Node(
            start, max(start, end), column, found if event.style else plain(found),
            style=event.style or "",
        )  # fmt: skip
    empty: Data = {} if isinstance(event, MappingStartEvent) else []
    node = Node(start, start, column, empty, flow=bool(getattr(event, "flow_style", False)))
    closing = _children(node, coming, text)
    last = node.items[-1].end if node.items else start
    node.end = closing.end_mark.index if node.flow else last
    return node


def _children(node: Node, coming: Iterator[Event], text: str) -> Event:
    into = node.data
    while not isinstance(event := next(coming), _ENDS):
        child = _node(event, coming, text)
        if isinstance(into, dict):
            node.keys.append(child)
            value = _node(next(coming), coming, text)
            value.end = max(value.end, child.end)
            node.items.append(value)
            into[_key(text, child)] = value.data
        elif isinstance(into, list):
            node.items.append(child)
            into.append(child.data)
    return event


def _key(text: str, key: Node) -> str:
    return text[key.start : key.end] if not key.style else str(key.data)
