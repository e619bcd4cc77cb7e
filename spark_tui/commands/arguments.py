"""argparse with our own manners: wrong arguments are a UsageError, one line, exit status 2."""

from __future__ import annotations

import argparse
from typing import NoReturn

from spark_tui.core.errors import UsageError


class Arguments(argparse.ArgumentParser):
    """A parser that raises instead of printing a page and leaving the process."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the flag that is wrong."""
        raise UsageError(message, f"{self.prog} --help")
