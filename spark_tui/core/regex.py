"""Regular expressions that are compiled when first used: `regex`.

Compiling is slow, and a start uses few of the hundreds that modules define. What a reader and a
type checker see is `re.compile`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as a checker knows it: `typing` is on the way to the first paint
if TYPE_CHECKING:
    from re import compile as regex
    from typing import Any

else:

    def regex(pattern, flags=0):
        """See `re.compile`; an error in the pattern shows at its first use."""
        return _Later(pattern, flags)


__all__ = ["regex"]


class _Later:
    """Any attribute of the compiled pattern; the second time it is an attribute of this."""

    def __init__(self, pattern: Any, flags: Any) -> None:
        self._given = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        import re

        value = getattr(re.compile(*self._given), name)
        setattr(self, name, value)
        return value
