"""`spark-tui prove`: are an endpoint's edits right? Small tasks with hidden tests, side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from spark_tui import __version__
from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import err, out, print_json
from spark_tui.core.errors import UsageError

if TYPE_CHECKING:
    from spark_tui.core.endpoint.wire import EndpointProfile
    from spark_tui.prove.run import Outcome
    from spark_tui.prove.tasks import Task

INTERRUPTED = 130


def prove(args: Sequence[str]) -> int:
    """Run the tasks; 0 when every one was right everywhere, 1 when not, 130 after Ctrl+C."""
    given = _parser().parse_args(args)
    from spark_tui.prove.tasks import chosen, load

    tasks = chosen(load(), given.task)
    if given.list:
        for task in tasks:
            out(f"{task.id:<22} {task.kind:<9} {task.language:<11} {' '.join(task.say.split())}")
        return 0
    from spark_tui.commands.headless_edit import chosen_endpoint

    names = given.endpoint or [""]
    profiles = [chosen_endpoint(None, name) for name in dict.fromkeys(names)]
    if not given.yes and not _agreed(tasks, profiles):
        return 1
    found, interrupted = _found(profiles, tasks, quiet=given.json)
    from spark_tui.prove.report import as_data, lines

    if given.json:
        print_json(as_data(profiles, found, __version__), indent=1)
    else:
        for line in lines(profiles, found):
            out(line)
    if interrupted:
        return INTERRUPTED
    return 0 if all(one.right for outcomes in found.values() for one in outcomes) else 1


def _parser() -> Arguments:
    parser = Arguments(
        prog="spark-tui prove",
        description="Are an endpoint's edits right? Runs small fixed tasks through the engine, "
        "each in a throw-away repository, and judges them by tests that are never sent.",
    )
    add = parser.add_argument
    add("endpoint", nargs="*", metavar="ENDPOINT", help="its name; several: side by side")
    add("--task", action="append", default=[], metavar="NAME", help="an id, a kind or a language")
    add("--list", action="store_true", help="name the tasks and end")
    add("--yes", action="store_true", help="run what the model writes without asking")
    add("--json", action="store_true", help="one JSON object instead of the table")
    return parser


def _agreed(tasks: Sequence[Task], profiles: Sequence[EndpointProfile]) -> bool:
    """Say what runs, and ask once. Raises UsageError where nobody can answer."""
    from spark_tui.services.processes import off_the_network

    named = ", ".join(one.name for one in profiles)
    err(
        f"{len(tasks)} tasks go to {named}; their tests then run what was written: in a private "
        "folder,"
    )
    network = "without a network" if off_the_network() else "with this machine's network"
    err(f"without your keys, {network}, 10 s and 4 GB at most each.")
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to agree", "--yes runs it")
    err("Run it? y or N")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _found(
    profiles: Sequence[EndpointProfile], tasks: Sequence[Task], *, quiet: bool
) -> tuple[dict[str, list[Outcome]], bool]:
    """What every endpoint came to, and whether Ctrl+C ended the run."""
    from spark_tui.commands.endpoints import connector
    from spark_tui.prove.run import prove as run

    connect = connector()
    found: dict[str, list[Outcome]] = {one.name: [] for one in profiles}
    try:
        for profile in profiles:
            done = found[profile.name]

            def told(one: Outcome, done: list[Outcome] = done, name: str = profile.name) -> None:
                done.append(one)
                if not quiet:
                    mark = "right" if one.right else "wrong"
                    err(f"{name}  {len(done)}/{len(tasks)}  {one.task:<22} {mark}")

            run(profile, tasks, connect, told)
    except KeyboardInterrupt:
        return found, True
    return found, False
