"""`spark-tui completion bash|zsh|fish`: what a shell completes, from the table of commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

from spark_tui.commands.arguments import parser_of
from spark_tui.commands.output import page
from spark_tui.core.dataclass import dataclass
from spark_tui.core.errors import UsageError

SHELLS = ("bash", "zsh", "fish")

_SESSION = ("--endpoint", "--mode", "--theme", "--vim", "--reduced-motion", "--plain")
_OWN_FLAGS = {
    "demo": ("--dir", *_SESSION),
    "resume": _SESSION,
    "trust": ("--no",),
    "completion": SHELLS,
}
"""Of the commands that read their few arguments themselves."""

_RUN_AT_ONCE = frozenset({"demo", "resume", "trust", "where", "sim", "completion"})
"""They would run: nothing is asked of them."""


@dataclass(frozen=True, slots=True)
class CompletedCommand:
    """A command by its name, what it is for, and the words that may follow it."""

    name: str
    what: str
    words: tuple[str, ...]


def completion(args: Sequence[str], table: Mapping[str, Callable[[list[str]], int]]) -> int:
    """Print the script for one shell; `table` has the commands by name."""
    if len(args) != 1 or args[0] not in SHELLS:
        raise UsageError("say which shell", f"spark-tui completion {'|'.join(SHELLS)}")
    known = described(table)
    page({"bash": bash, "zsh": zsh, "fish": fish}[args[0]](known))
    return 0


def described(table: Mapping[str, Callable[[list[str]], int]]) -> list[CompletedCommand]:
    """Every command of the table with its words."""
    return [_described(name, run) for name, run in table.items()]


def _described(name: str, run: Callable[[list[str]], int]) -> CompletedCommand:
    asked = None if name in _RUN_AT_ONCE else parser_of(lambda args: run(list(args)))
    if asked is None:
        return CompletedCommand(name, "", _OWN_FLAGS.get(name, ()))
    words: list[str] = []
    for action in asked._actions:
        words += [flag for flag in action.option_strings if flag.startswith("--")]
        if isinstance(action, argparse._SubParsersAction):
            words += action.choices
            for inner in action.choices.values():
                words += [f for a in inner._actions for f in a.option_strings if f[:2] == "--"]
    what = (asked.description or "").partition(". ")[0].partition(": ")[0].rstrip(".")
    return CompletedCommand(name, what, tuple(dict.fromkeys(words)))


def bash(known: Sequence[CompletedCommand]) -> str:
    """The script for bash: commands, their words, else files."""
    names = " ".join((*(one.name for one in known), *_SESSION, "--version", "--help"))
    cases = "".join(f"    {one.name}) words='{' '.join(one.words)}' ;;\n" for one in known)
    return f"""\
# spark-tui completion bash > ~/.local/share/bash-completion/completions/spark-tui
_spark_tui() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='{names}'
  else
    case ${{COMP_WORDS[1]}} in
{cases}    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o bashdefault -o default -F _spark_tui spark-tui
"""


def zsh(known: Sequence[CompletedCommand]) -> str:
    """The script for zsh."""
    names = "".join(f"    '{one.name}:{_quiet(one.what)}'\n" for one in known)
    cases = "".join(f"    {one.name}) compadd -- {' '.join(one.words)} ;;\n" for one in known)
    return f"""\
#compdef spark-tui
# spark-tui completion zsh > a folder of $fpath, as _spark-tui
_spark_tui() {{
  local -a commands
  commands=(
{names}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    compadd -- {" ".join(_SESSION)}
    _files
    return
  fi
  case $words[2] in
{cases}  esac
  _files
}}
compdef _spark_tui spark-tui
"""


def fish(known: Sequence[CompletedCommand]) -> str:
    """The script for fish."""
    lines = ["# spark-tui completion fish > ~/.config/fish/completions/spark-tui.fish"]
    for flag in _SESSION:
        lines.append(f"complete -c spark-tui -n __fish_use_subcommand -l {flag[2:]}")
    for one in known:
        told = f" -d '{_quiet(one.what)}'" if one.what else ""
        lines.append(f"complete -c spark-tui -n __fish_use_subcommand -a {one.name}{told}")
        after = f"complete -c spark-tui -n '__fish_seen_subcommand_from {one.name}'"
        for word in one.words:
            kind = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            lines.append(f"{after} {kind}")
    return "\n".join(lines) + "\n"


def _quiet(text: str) -> str:
    """`text` without what a shell or a list of descriptions would read."""
    return "".join(c for c in text if c not in "'\\:`$\n")
