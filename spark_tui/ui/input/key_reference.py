"""The command table for reading: as Markdown, and as lines for a terminal. Pure."""

from __future__ import annotations

from spark_tui.ui.input.commands import Column, Keymap
from spark_tui.ui.input.key_names import LEADER, NEVER_BOUND, shown

_HEAD = """\
# Keys

Made from the command table (`spark-tui keys --markdown`); `?` shows the same where you are, and
Ctrl+P finds every command by name. A key means one thing per column.

## Who has the keyboard

In the prompt letters are text, in the review letters are keys, and only you go from the first to
the second: with Tab or Down on an empty prompt, with Ctrl+O, by a click on a hunk, with Esc when
nothing runs. Enter, `i`, Tab, Esc and Ctrl+O go back. Hunks that arrive take nothing, and a paste
is never keys. The prompt's whole row says which it is: `›` and its colour while you type, a bar of
keys in the review, which begins with `REVIEW` where there is no colour.

When nothing is left to decide and the answer is over, the prompt has the keyboard again. One review
key too many, pressed alone within 0.6 s, is swallowed then; `Ctrl+X u` takes the last decision back
from the prompt too. On an empty prompt Enter takes the one offer that has stood right of the rule
for a second: to take back what is in the way of an undo together with it, or to see both, to ask
again after an answer that broke off, to send what waits, to run an `AI!` comment.

`review = "auto"` in `config.toml` gives the review the keyboard when the first hunk of an answer is
shown and the prompt is empty. It saves a key a turn, and it is **unsafe**: a word that is typed at
that moment is taken for keys, which keep, drop and undo.

## Keys of your own

Remap by the command's id in `config.toml`; `"ctrl+x g"` puts it behind the leader:

```toml
[keys]
keep = "f"
theme = "ctrl+x t"
```

A key that is taken is refused with both names. Never bound outside the prompt, where some are
readline's, because it would not arrive:
{never}.
`spark-tui keys` shows what your terminal sends for each key, and what that would do.

`prompt = "vim"` (or `--vim`) gives the prompt vim's keys: Esc leaves insert mode first; normal
mode knows h j k l w b e 0 ^ $ x X d c y D C p P u i a I A o O with counts; `:` and `/` open the
commands.
"""

_TITLES = {Column.ANY: "Anywhere", Column.STRIP: f"After {shown(LEADER)}"}


def markdown(keymap: Keymap) -> str:
    """A page with one table for each column."""
    never = ", ".join(shown(key) for key in NEVER_BOUND)
    out = [_HEAD.format(never=never)]
    for column in Column:
        found = rows(keymap, column)
        if not found:
            continue
        out.append(f"\n## {_TITLES.get(column, f'In {column.value}')}\n")
        out.append("| key | does | id |\n|---|---|---|")
        out += [f"| {_cell(keys)} | {title} | `{ident}` |" for keys, title, ident in found]
        out.append("")
    return "\n".join(out).rstrip("\n") + "\n"


def lines(keymap: Keymap) -> list[str]:
    """The same for a terminal."""
    out: list[str] = []
    for column in Column:
        found = rows(keymap, column)
        if found:
            out += ["", _TITLES.get(column, f"In {column.value}")]
            out += [f"  {keys:<28} {title:<46} {ident}" for keys, title, ident in found]
    return out[1:]


def rows(keymap: Keymap, column: Column) -> list[tuple[str, str, str]]:
    """(keys, title, id) of each command that has a key in `column`."""
    return [
        (" ".join(shown(key) for key in command.keys_in(column)), command.title, command.id)
        for command in keymap.table
        if command.keys_in(column)
    ]


def _cell(keys: str) -> str:
    return " ".join(f"`` {k} ``" if "`" in k else f"`{k}`" for k in keys.split()).replace(
        "|", "\\|"
    )
