"""Who changed what stands in an edit's way, in words that blame nobody wrongly.

A writer is `YOU`, an entry of the journal as `#9`, or "" where that can't be said: git brought it,
or nobody we know.
"""

YOU = "you"


def entry(number: int) -> str:
    """The writer of a journal entry."""
    return f"#{number}"


def changed(by: str, where: str) -> str:
    """`you changed line 4 since`, `#9 changed line 4 since`, `line 4 changed since`."""
    return f"{by} changed {where} since" if by else f"{where} changed since"


def saved(by: str, path: str) -> str:
    """`you saved a.py meanwhile, yours is kept`, `a.py changed meanwhile, that is kept`."""
    if by == YOU:
        return f"you saved {path} meanwhile, yours is kept"
    what = f"{by} changed {path}" if by else f"{path} changed"
    return f"{what} meanwhile, that is kept"


def stays(by: str) -> str:
    """What an undo leaves: `your later edit stays`, `#9 stays`, `later edits stay`."""
    return "your later edit stays" if by == YOU else f"{by} stays" if by else "later edits stay"


def whose(by: str) -> str:
    """What stands there now, in one word: `yours`, `#9`, `now`."""
    return "yours" if by == YOU else by or "now"
