"""Keys for what is drafted: of a name's own letters, and nobody else's."""

import unicodedata

LONGEST = 40


def slug(name: str) -> str:
    """As much of `name` as has Latin letters or digits, in small letters; "" if nothing has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = "".join(c.lower() if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:LONGEST].strip("-")


def free(name: str, taken: set[str]) -> str:
    """`name`, or one like it that nobody has; taken from then on."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    taken.add(found)
    return found
