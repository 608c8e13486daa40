"""What a group says of who arrives: its own words, and the defaults' wherever it has none."""

from collections.abc import Iterator

from rotation.core.roster import Brief, BriefTo
from rotation.roster_file.check import Checked
from rotation.roster_file.entries import BriefEntry
from rotation.roster_file.problems import Problem

_FIX = 'Write `text: "{leaving} hands over to {arriving}, until {until}."`'


def joined(own: BriefEntry | None, above: BriefEntry | None) -> Brief | None:
    """The group's brief; a text of its own stands for the defaults' of the language, or for all."""
    ours, theirs = own or BriefEntry(), above or BriefEntry()
    to = ours.to or theirs.to or BriefTo.PERSON
    said, texts = _texts(ours), _texts(theirs)
    texts = said if "" in said else texts | said
    return None if to is BriefTo.NOBODY or not texts else Brief(texts, to)


def problems(checked: Checked) -> Iterator[Problem]:
    """Briefs that say nothing, and are to somebody."""
    file = checked.file
    above = file.defaults.brief if file.defaults is not None else None
    for name, group in file.groups.items():
        own = group.policy.brief
        if own is not None and own.to is not BriefTo.NOBODY and joined(own, above) is None:
            path = ("groups", name, "brief")
            yield checked.tree.problem_with_key(path, "the brief says nothing", _FIX)


def _texts(entry: BriefEntry) -> dict[str, str]:
    return ({} if entry.text is None else {"": entry.text}) | dict(entry.texts)
