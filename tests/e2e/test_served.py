"""The session behind a driver that serves it to a browser: packets on stdout, no terminal."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.pty


def packet(data: bytes) -> bytes:
    """One packet of textual-serve's protocol: kind, length, data."""
    return b"D" + struct.pack(">I", len(data)) + data


def test_it_starts_takes_keys_and_leaves_nothing_but_packets(
    environment: dict[str, str], tmp_path: Path
) -> None:
    env = environment | {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "COLUMNS": "100",
        "ROWS": "30",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "spark_tui", "demo"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=env,
        cwd=tmp_path,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        seen = b""
        while b"say what to change" not in seen:
            piece = os.read(process.stdout.fileno(), 65_536)
            assert piece, seen[-500:]
            seen += piece
        assert seen.startswith(b"__GANGLION__\n")
        process.stdin.write(packet(b"hello"))
        process.stdin.flush()
        while b"hello" not in seen:
            piece = os.read(process.stdout.fileno(), 65_536)
            assert piece, seen[-500:]
            seen += piece
        quit_packet = json.dumps({"type": "quit"}).encode()
        process.stdin.write(b"M" + struct.pack(">I", len(quit_packet)) + quit_packet)
        process.stdin.flush()
        process.stdin.close()
        seen += process.stdout.read()
        assert b"take back:" not in seen
        process.wait(15)
