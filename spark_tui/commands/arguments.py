"""argparse with our own manners: wrong arguments are a UsageError, one line, exit status 2."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import ClassVar, NoReturn

from spark_tui.core.errors import UsageError


class DescribedError(Exception):
    """A command was asked for its arguments instead of being run; `parser` has them."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


class Arguments(argparse.ArgumentParser):
    """A parser that raises instead of printing a page and leaving the process."""

    describes: ClassVar[bool] = False
    """Whether commands are only asked for their arguments."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the flag that is wrong."""
        raise UsageError(message, f"{self.prog} --help")

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: None = None
    ) -> argparse.Namespace:
        """As argparse has it. Raises DescribedError where nothing is to be run."""
        if Arguments.describes:
            raise DescribedError(self)
        return super().parse_args(args, namespace)


def parser_of(command: Callable[[Sequence[str]], int]) -> argparse.ArgumentParser | None:
    """The parser of a command that has one; nothing of the command is run."""
    Arguments.describes = True
    try:
        command([])
    except DescribedError as described:
        return described.parser
    except UsageError:
        return None
    finally:
        Arguments.describes = False
    return None
