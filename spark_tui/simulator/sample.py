"""The throw-away repository of `spark-tui demo`: a small HTTP helper package with its tests."""

from __future__ import annotations

from pathlib import Path

_README = """\
# httpkit

Fetches web pages politely: every request is tried again when the server is busy, with pauses that
grow, and a report says how long everything took.

```python
from net.client import Client

client = Client(timeout=5.0)
reply = client.send("https://example.org/")
print(reply.status, len(reply.body))
```

| module | does |
|---|---|
| `net/client.py` | sends requests and tries them again |
| `net/retry.py` | decides when to try again, and after how long |
| `calc.py` | sums and averages for the report, with `add` and `mean` |
| `report.py` | prints a table of the slowest addresses |

Run the tests with `python -m pytest`.
"""

_CALC = '''\
"""Small sums for the report: every function works on seconds."""

from __future__ import annotations

from collections.abc import Iterable


def add(a, b):
    return a + b


def total(values: Iterable[float]) -> float:
    """All values together."""
    result = 0.0
    for value in values:
        result = add(result, value)
    return result


def mean(values: Iterable[float]) -> float:
    """The average, 0.0 for no values."""
    known = list(values)
    if not known:
        return 0.0
    return total(known) / len(known)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` (0 to 1) of all values do not exceed, 0.0 for no values."""
    ranked = sorted(values)
    if not ranked:
        return 0.0
    place = round(share * (len(ranked) - 1))
    return ranked[place]
'''

_NET_INIT = '''\
"""Requests that are tried again."""
'''

_RETRY = '''\
"""When to try a request again, and how long to wait before it."""

from __future__ import annotations

from collections.abc import Mapping
from spark_tui.core.dataclass import dataclass, field

MAX_ATTEMPTS = 4
MAX_WAIT = 30.0
RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """What a server said. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def retry_after(reply: Reply) -> float | None:
    """Seconds the server asks us to wait, None when it does not say."""
    value = reply.headers.get("retry-after", "").strip()
    if not value.isdigit():
        return None
    return min(float(value), MAX_WAIT)


def backoff(attempt):
    return 0.5 * 2 ** attempt


def should_retry(reply: Reply, attempt: int) -> bool:
    """Whether a request that got `reply` may be sent once more."""
    if attempt >= MAX_ATTEMPTS:
        return False
    return reply.status in RETRYABLE


def wait_before(reply: Reply, attempt: int) -> float:
    """Seconds to wait: what the server asks for, else a pause that doubles every time."""
    asked = retry_after(reply)
    if asked is not None:
        return asked
    return min(backoff(attempt), MAX_WAIT)
'''

_CLIENT = '''\
"""A client that tries again when the server is busy."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from spark_tui.core.dataclass import dataclass, field

from net.retry import Reply, backoff, should_retry, wait_before

Fetch = Callable[[str, float], Reply]


def fetch(url: str, timeout: float) -> Reply:
    """One GET request, whatever its status. Raises URLError when there is no connection."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"not a web address: {url}")
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, headers, answer.read())
    except urllib.error.HTTPError as error:
        headers = {name.lower(): value for name, value in error.headers.items()}
        return Reply(error.code, headers, error.read())


@dataclass
class Client:
    """Sends requests and keeps how long each address took, in seconds."""

    timeout: float = 10.0
    fetch: Fetch = fetch
    sleep: Callable[[float], None] = time.sleep
    seconds: dict[str, float] = field(default_factory=dict)

    def send(self, url: str) -> Reply:
        """The reply for `url`, tried again while the server is busy."""
        started = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                reply = self.fetch(url, self.timeout)
            except urllib.error.URLError:
                reply = Reply(503)
            if not should_retry(reply, attempt):
                break
            self.sleep(wait_before(reply, attempt))
        self.seconds[url] = time.monotonic() - started
        return reply

    def send_all(self, urls: Iterable[str]) -> Iterator[tuple[str, Reply]]:
        """The replies for all `urls`, in order; failed ones get a last try after a pause."""
        failed: list[str] = []
        for url in urls:
            reply = self.send(url)
            if reply.status >= 500:
                failed.append(url)
                continue
            yield url, reply
        if failed:
            self.sleep(backoff(len(failed)))
        for url in failed:
            yield url, self.send(url)
'''

_REPORT = '''\
"""A table of how long addresses took: python report.py URL [URL ...]"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from calc import add, mean, percentile, total
from net.client import Client

WIDTH = 48
SHOWN = 10


def table(seconds: Mapping[str, float]) -> str:
    """The slowest addresses first, then all of them in one line."""
    ranked = sorted(seconds.items(), key=lambda item: item[1], reverse=True)
    lines = [f"{url[:WIDTH]:<{WIDTH}} {taken:8.3f} s" for url, taken in ranked[:SHOWN]]
    rest = 0.0
    for _, taken in ranked[SHOWN:]:
        rest = add(rest, taken)
    if rest:
        lines.append(f"{'others':<{WIDTH}} {rest:8.3f} s")
    values = list(seconds.values())
    lines.append(
        f"{len(values)} addresses, {total(values):.3f} s, "
        f"mean {mean(values):.3f} s, p95 {percentile(values, 0.95):.3f} s"
    )
    return "\\n".join(lines)


def main(urls: list[str]) -> int:
    """Fetch all addresses and print the table."""
    if not urls:
        print(__doc__)
        return 2
    client = Client()
    worst = 0
    for _, reply in client.send_all(urls):
        worst = max(worst, reply.status)
    print(table(client.seconds))
    return 0 if worst < 400 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
'''

_TEST_CALC = """\
from calc import add, mean, percentile, total


def test_add():
    assert add(1.5, 2.0) == 3.5


def test_total_of_nothing():
    assert total([]) == 0.0


def test_mean():
    assert mean([1.0, 2.0, 6.0]) == 3.0


def test_percentile():
    values = [float(n) for n in range(101)]
    assert percentile(values, 0.95) == 95.0
"""

_TEST_RETRY = """\
from net.client import Client
from net.retry import MAX_WAIT, Reply, backoff, should_retry, wait_before


def test_backoff_grows():
    assert backoff(1) == 1.0
    assert backoff(2) == 2.0


def test_server_decides_how_long_to_wait():
    reply = Reply(429, {"retry-after": "7"})
    assert wait_before(reply, 1) == 7.0
    assert wait_before(Reply(503), 10) == MAX_WAIT


def test_only_busy_servers_are_asked_again():
    assert should_retry(Reply(503), 1)
    assert not should_retry(Reply(404), 1)


def test_client_tries_until_the_server_answers():
    replies = [Reply(503), Reply(429, {"retry-after": "2"}), Reply(200, body=b"ok")]
    pauses = []
    client = Client(fetch=lambda url, timeout: replies.pop(0), sleep=pauses.append)
    assert client.send("https://example.org/").body == b"ok"
    assert pauses == [1.0, 2.0]
"""

FILES: dict[str, str] = {
    "README.md": _README,
    "calc.py": _CALC,
    "net/__init__.py": _NET_INIT,
    "net/client.py": _CLIENT,
    "net/retry.py": _RETRY,
    "report.py": _REPORT,
    "tests/test_calc.py": _TEST_CALC,
    "tests/test_retry.py": _TEST_RETRY,
}
"""The sample's files by relative POSIX path."""

NAME = "httpkit"


def write_sample(directory: Path) -> list[str]:
    """Write the sample below `directory`, made if missing; returns the relative paths.

    Raises FileExistsError rather than replace a file.
    """
    for path, text in FILES.items():
        place = directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("x", encoding="utf-8", newline="\n") as out:
            out.write(text)
    return list(FILES)
