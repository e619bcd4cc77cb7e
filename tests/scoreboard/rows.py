"""The rows of the scoreboard: a figure, its bar, and the commands that measure it."""

from __future__ import annotations

from dataclasses import dataclass

_TREE = "tests/services/worktree"


@dataclass(frozen=True)
class Row:
    """One figure. `sample` is run by default, `whole` with `--long`; "" why there is neither."""

    number: int
    figure: str
    bar: str
    sample: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    why_not: str = ""


def _tests(*paths: str, only: str = "", whole: bool = False) -> tuple[str, ...]:
    chosen = ("-k", only) if only else ()
    marks = ("-m", "long or not long") if whole else ()
    return (
        "-m",
        "pytest",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=--import-mode=importlib -m 'not long'",
        *paths,
        *chosen,
        *marks,
    )


ROWS = (
    Row(
        1,
        "hostile and odd answers judged right, bytes on disk",
        "0 wrong, 0 escapes",
        _tests(
            "tests/core/edits/test_guard.py",
            "tests/core/edits/test_excerpts.py",
            "tests/core/edits/test_fences.py",
        ),
        _tests("tests/core/edits", "tests/commands/test_apply.py", whole=True),
    ),
    Row(
        2,
        "hostile repositories: no foreign program, no hang, nothing outside",
        "0 fired",
        _tests(f"{_TREE}/test_hostile.py"),
    ),
    Row(
        3,
        "processes started outside of services/processes",
        "0",
        ("-m", "ruff", "check", "--select", "TID251", "--statistics", "spark_tui"),
    ),
    Row(
        4,
        "terminal payloads harmless, and seen to arrive, at every sink",
        "0 unsafe, every sink reached",
        ("-m", "tests.sinks", "--every", "25"),
        ("-m", "tests.sinks"),
    ),
    Row(5, "text that a markup parser reads", "0", _tests("tests/ui/test_hostile.py")),
    Row(
        6,
        "terminal restored: exit, crash, TERM, HUP, QUIT, suspend, vanished pty",
        "every ending that can be caught",
        _tests("tests/ui/test_terminal.py", "tests/e2e/test_endings.py"),
    ),
    Row(
        7,
        "endpoint faults with the behaviour that is wanted, on each wire",
        "all of the table",
        _tests("tests/e2e/test_fault_table.py"),
        _tests("tests/e2e/test_fault_table.py", "tests/services/endpoint", whole=True),
    ),
    Row(
        8,
        "kill points of apply, undo, recover: whole set or nothing after recovery",
        "0 lost, 0 mixed",
        (f"{_TREE}/kill_points.py", "--sample", "60", "--seed", "1"),
        (f"{_TREE}/kill_points.py", "--seed", "1"),
    ),
    Row(
        9,
        "failing calls of the disk: tree as before, and a message",
        "all",
        _tests(f"{_TREE}/test_faults.py"),
        _tests(f"{_TREE}/test_faults.py", whole=True),
    ),
    Row(
        10,
        "saves of an editor lost while we write",
        "0 of 100,000",
        (f"{_TREE}/race.py", "--saves", "300", "--style", "rename", "--seed", "1"),
        (f"{_TREE}/race.py", "--everything", "--saves", "17000", "--seed", "1"),
    ),
    Row(
        11,
        "undo byte for byte over random sessions with a user in between",
        "10,000 sessions",
        _tests(f"{_TREE}/test_sessions.py"),
        _tests(f"{_TREE}/test_sessions.py", whole=True),
        (("SPARK_TUI_SESSIONS", "10000"),),
    ),
    Row(
        12,
        "parsers on any bytes in any pieces: no crash, no hang, one result",
        "10 million inputs",
        _tests("tests/core/edits/test_fuzz.py"),
        ("-m", "tests.fuzz.fuzz_edits", "--seconds", "3600"),
    ),
    Row(
        13,
        "endless lines, bodies and comments are bounded",
        "+64 MB at most",
        _tests(
            "tests/services/endpoint/test_sse.py",
            "tests/services/endpoint/test_faults.py",
            only="bound or endless or large or long",
        ),
    ),
    Row(
        14,
        "one hour of streaming, watching and applying: memory, descriptors, latency",
        "flat",
        why_not="there is no rig for it",
    ),
    Row(
        15,
        "a planted key in what is written and printed; modes of the files",
        "0 hits, 0600 and 0700",
        ("-m", "tests.scoreboard.planted_key"),
    ),
    Row(
        16,
        "keys of a project's file that change endpoint, key, command or TLS",
        "0",
        _tests("tests/core/config/test_settings.py", only="project"),
    ),
    Row(
        17,
        "requests before anything was asked, in a repository nobody trusts",
        "0",
        _tests(f"{_TREE}/test_hostile.py", "tests/services/test_plain_files.py"),
    ),
    Row(
        18,
        "redirects followed",
        "0",
        _tests(
            "tests/services/endpoint/test_faults.py",
            "tests/services/endpoint/test_websocket.py",
            "tests/services/test_signin.py",
            only="redirect",
        ),
    ),
    Row(
        19,
        "from SIGTERM to the terminal given back; to the end",
        "under 200 ms",
        ("-m", "tests.scoreboard.signal_time"),
    ),
    Row(
        20,
        "cost of an apply with everything durable, 5 files",
        "p95 under 25 ms",
        (),
        ("-m", "tests.bench", "apply"),
    ),
    Row(
        21,
        "commands of the shell under every condition of a machine: words, no traceback",
        "0 wrong",
        _tests("tests/fault_sweep"),
        ("-m", "tests.fault_sweep"),
    ),
)
