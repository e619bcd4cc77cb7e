"""`spark-tui keys`: what the terminal sends, and the table of keys."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import flush, out, raw
from spark_tui.core.errors import SettingsError


def keys(args: Sequence[str]) -> int:
    """Echo keys on a terminal; print the table with --list, as a page with --markdown."""
    parser = Arguments(prog="spark-tui keys", description="What your terminal sends for a key.")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--list", action="store_true", help="the keys as they are set")
    kind.add_argument("--markdown", action="store_true", help="the same as a page, without remaps")
    given = parser.parse_args(list(args))
    from spark_tui.services import places
    from spark_tui.ui.input.commands import Keymap
    from spark_tui.ui.input.key_reference import lines, markdown

    if given.markdown:
        raw(markdown(Keymap()))
        return 0
    settings = places.load_settings(None)
    try:
        keymap = Keymap(dict(settings.keys))
    except SettingsError as error:
        raise places.in_config(error) from None
    if given.list or not (sys.stdin.isatty() and sys.stdout.isatty()):
        for line in lines(keymap):
            out(line)
        return 0
    os.environ.setdefault("ESCDELAY", "50" if os.environ.get("SSH_CONNECTION") else "25")
    from spark_tui.ui.input.key_echo import HOW, echo

    where = [f"TERM {os.environ.get('TERM', 'not set')}"]
    where += [name for name in ("TMUX", "STY", "SSH_CONNECTION") if os.environ.get(name)]
    head = " · ".join([*where, HOW]), f"  {'bytes':<26} {'key':<20} does"

    def tell(line: str) -> None:
        out(line)
        flush()

    echo(keymap, tell, head)
    return 0
