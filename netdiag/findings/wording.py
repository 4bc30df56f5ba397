"""Counts in words: one thing, or many of them."""


def many(count: int, noun: str, plural: str = "") -> str:
    """`1 attempt`, `1,896 attempts`; `plural` where it is not the noun and an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def were(count: int) -> str:
    """The verb of so many in the past."""
    return "was" if count == 1 else "were"
