"""On whose word something was done: a person's by hand, or that of a system of theirs."""

HOOK = "hook "
"""How a system signs: `hook zendesk`."""


def origin_of(author: str) -> str:
    return author if author.startswith(HOOK) else f"{author} by hand"
