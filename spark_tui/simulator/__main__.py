"""`python -m spark_tui.simulator`: the simulated endpoint as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import selectors
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from spark_tui.simulator.dialects import ImitatedProvider
from spark_tui.simulator.faults import MEANINGS, Fault, parse_fault
from spark_tui.simulator.parts import Reply
from spark_tui.simulator.server import Simulator
from spark_tui.simulator.settings import AnswerFormat, SimSettings


def _fault(flag: str) -> Fault:
    try:
        return parse_fault(flag)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _script(name: str) -> tuple[str, ...]:
    try:
        answers = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"cannot read {name}: {error}") from error
    if not isinstance(answers, list) or not all(isinstance(one, str) for one in answers):
        raise argparse.ArgumentTypeError(f"{name} is no list of texts")
    return tuple(answers)


def _faults() -> str:
    """The faults as a table."""
    rows = (f"  {name:<23} {meaning}" for name, meaning in MEANINGS.items())
    head = "faults (:X is the argument; inside an answer it is the token it happens at):"
    return "\n".join([head, *rows])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spark-tui sim",
        description="An endpoint on loopback that answers at a set rate.",
        epilog=_faults(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--rate", type=float, default=1000.0, metavar="TOK/S", help="decode rate, 0 for no pacing")
    add("--ttft", type=float, default=90.0, metavar="MS", help="request read to first token")
    add("--jitter", type=float, default=0.0, metavar="MS", help="delay events by up to this")
    add("--bundle", type=int, default=1, metavar="N", help="tokens per event")
    add(
        "--format",
        choices=[str(f) for f in AnswerFormat],
        default="auto",
        help="how edits are written",
    )
    add("--key", default="", help="refuse every other key")
    add("--reasoning", type=int, default=0, metavar="TOKENS", help="think first, for that long")
    add("--queue", type=float, default=0.0, metavar="MS", help="the part of ttft told as queue")
    add("--pause", type=float, default=0.0, metavar="MS", help="stand still once, half-way")
    add("--tpm", type=int, default=0, metavar="TOKENS", help="tokens a minute, 0 for no limit")
    add(
        "--dialect",
        choices=[str(d) for d in ImitatedProvider],
        default="openai",
        help="whose timing fields",
    )
    add(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME[:ARG][*TIMES][+SKIP]",
        help="go wrong, for every request or only TIMES of them after SKIP (listed below)",
    )
    add(
        "--reply",
        choices=[str(r) for r in Reply],
        default="text",
        help="edits as text, as calls of a custom apply_patch tool, as hosted apply_patch calls",
    )
    add(
        "--script",
        type=_script,
        default=(),
        metavar="FILE",
        help="a JSON list of answers, one a turn, instead of its own; the last one repeats",
    )
    add("--log", type=Path, metavar="FILE", help="JSON lines of what was sent when")
    add("--port-fd", type=int, metavar="FD", help="write the port here instead of a line to stdout")
    add("--parent-fd", type=int, metavar="FD", help="end when this pipe does")
    return parser


async def serve(args: argparse.Namespace) -> None:
    """Serve until the parent's pipe ends or a signal comes."""
    settings = SimSettings(
        rate=args.rate,
        ttft_ms=args.ttft,
        jitter_ms=args.jitter,
        bundle=args.bundle,
        format=AnswerFormat(args.format),
        key=args.key,
        log=args.log,
        reasoning=args.reasoning,
        queue_ms=args.queue,
        pause_ms=args.pause,
        tpm=args.tpm,
        dialect=ImitatedProvider(args.dialect),
        faults=tuple(args.fault),
        reply=Reply(args.reply),
        script=args.script,
    )
    runner = web.AppRunner(
        Simulator(settings).app(), access_log=None, shutdown_timeout=0.2, handler_cancellation=True
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", args.port)
    await site.start()
    port = runner.addresses[0][1]
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    if args.parent_fd is not None:
        loop.add_reader(args.parent_fd, _watch_parent, args.parent_fd, over)
    if args.port_fd is not None:
        os.write(args.port_fd, f"{port}\n".encode())
        os.close(args.port_fd)
    else:
        sys.stdout.write(f"simulated endpoint on http://127.0.0.1:{port}/v1\n")
        sys.stdout.flush()
    await over.wait()
    if args.parent_fd is not None:
        loop.remove_reader(args.parent_fd)
    await runner.cleanup()


def _watch_parent(fd: int, over: asyncio.Event) -> None:
    data = b""
    with contextlib.suppress(OSError):
        data = os.read(fd, 64)
    if not data:
        over.set()


def _loop() -> asyncio.AbstractEventLoop:
    # select(2) sleeps to the microsecond; epoll rounds time-outs up to whole milliseconds.
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the endpoint; returns the exit status."""
    args = _parser().parse_args(argv)
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(serve(args))
    except OSError as error:
        sys.stderr.write(f"cannot serve on port {args.port}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
