"""What text loses before it is written down: people's numbers, credentials, control characters."""

import re

HIDDEN = "***"
SHOWN_DIGITS = 3

GROUP_ID = r"(?P<group>(?<!\d)120363\d{9,}@g\.us)"
"""A group's own id, which names nobody. The older kind begins with its creator's number."""
SEPARATED = r"\+\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){7,14}"
"""A number as people write it. Without its plus it couldn't be told from a date."""
NUMBER = re.compile(rf"{GROUP_ID}|{SEPARATED}|\d{{8,}}")
"""Eight digits and more are a number or a LID, with or without `@c.us` and its like."""

CREDENTIAL = re.compile(
    r"(?P<name>(?:access[-_]?token|token|password|passwd|secret|api[-_]?key)[\"']?\s*[=:]\s*[\"']?"
    r"|\b(?:bearer|basic)\s+|\brot_[0-9a-f]{10}_)[^\s&\"',;}]{4,}",
    re.IGNORECASE,
)
"""A credential as URLs, headers and messages write it, whoever's it is."""


def masked(text: str) -> str:
    """`text` in which every number of eight digits or more shows its last three only."""
    return NUMBER.sub(_last_digits, text)


def _last_digits(found: re.Match[str]) -> str:
    if found["group"]:
        return found["group"]
    digits = [letter for letter in found[0] if letter.isdecimal()]
    return HIDDEN + "".join(digits[-SHOWN_DIGITS:])


def bracketed(signed: str) -> str:
    """Who did it, fit to stand in brackets: `Mara (board)` becomes `Mara on the board`."""
    return _WAY.sub(lambda found: f" {_WAYS[found['way']]}", signed)


_WAYS = {"board": "on the board", "API": "through the API", "chat": "in the chat"}
"""How people say by which way an order came in; by hand they all are."""
_WAY = re.compile(rf" \((?P<way>{'|'.join(_WAYS)})\)(?: by hand)?")


def without_credentials(text: str) -> str:
    """`text` in which what is called a token, password or secret is hidden."""
    return CREDENTIAL.sub(rf"\g<name>{HIDDEN}", text)


def on_one_line(text: str) -> str:
    """`text` with everything that could forge a line or steer a terminal written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
