"""`python -m tests.scoreboard.planted_key`: is a key found anywhere but where it was put?"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

KEY = "sk-planted-0123456789abcdef"
PATCH = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch\n"


def main() -> int:
    """Work with the key set, then look through every byte that was written or printed."""
    with tempfile.TemporaryDirectory(prefix="planted-") as top:
        base = Path(top)
        root = base / "code"
        (base / "home").mkdir()
        root.mkdir()
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        environment = {
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "HOME": str(base / "home"),
            "LC_ALL": "C.UTF-8",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
            "SPARK_TUI_MODEL": "m",
        }
        printed = b""
        for args, feed in (
            (("doctor",), ""),
            (("doctor", "--json"), ""),
            (("apply",), PATCH),
            (("edit", "a.txt", "-m", "shout", "--patch"), ""),
            (("--plain",), "rename hello in @a.txt\n/quit\n"),
            (("log", "-p"), ""),
            (("export",), ""),
            (("trace", "list"), ""),
            (("stats", "--json"), ""),
            (("where",), ""),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "spark_tui", *args],
                cwd=root,
                env=environment,
                input=feed.encode(),
                capture_output=True,
                timeout=120,
                check=False,
            )
            printed += done.stdout + done.stderr
        files = [path for path in base.rglob("*") if path.is_file()]
        hits = sum(KEY.encode() in path.read_bytes() for path in files) + printed.count(
            KEY.encode()
        )
        ours = list((base / "home").rglob("*spark-tui*/**/*"))
        loose = [
            p for p in ours if stat.S_IMODE(p.lstat().st_mode) & 0o077 and ".git" not in str(p)
        ]
        loose = [p for p in loose if "/git/" not in str(p) or p.is_file()]
    print(f"{hits} hits in {len(files)} files and {len(printed)} bytes printed, {len(loose)} loose")
    for path in loose[:5]:
        print(f"others can read 1: {path}", file=sys.stderr)
    return 1 if hits or loose else 0


if __name__ == "__main__":
    sys.exit(main())
