"""Tasks over real sockets: a server that answers right or wrong, and the simulated one."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from spark_tui.cli import main
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.prove.report import as_data, lines
from spark_tui.prove.run import Outcome, prove
from spark_tui.prove.tasks import Task, load
from spark_tui.services.endpoint import connect
from tests.prove.solutions import SOLUTIONS

TASKS = {task.id: task for task in load()}


class Answers(BaseHTTPRequestHandler):
    """Chat Completions: the right answer to the task whose words came."""

    bodies: list[str] = []  # noqa: RUF012 - one server a test, emptied by its fixture
    wrong = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.bodies.append(body)
        asked = json.loads(body)["messages"][-1]["content"]
        task = next(one for one in TASKS.values() if one.say in asked)
        text = self.wrong or SOLUTIONS[task.id]
        usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
        chunks = [
            {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": usage},
        ]
        data = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(data.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Answers.bodies, Answers.wrong = [], ""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def outcomes(server: ThreadingHTTPServer, *ids: str) -> tuple[EndpointProfile, list[Outcome]]:
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    profile = EndpointProfile("own", url, "m", "chat", dialect="generic")
    return profile, prove(profile, [TASKS[name] for name in ids], connect)


def sent_of(task: Task) -> set[str]:
    return {line.strip() for line in task.judge.splitlines() if len(line.strip()) > 20}


def test_right_answers_are_right_and_the_judges_are_never_sent(
    server: ThreadingHTTPServer,
) -> None:
    ids = ("rename-function", "feature-new-module", "bug-join", "feature-target")
    profile, found = outcomes(server, *ids)
    assert [(one.task, one.right, one.why) for one in found] == [(name, True, "") for name in ids]
    assert all(one.reading.input == 1000 for one in found)
    everything = "\n".join(json.loads(body)["messages"][-1]["content"] for body in Answers.bodies)
    for name in ids:
        assert not [line for line in sent_of(TASKS[name]) if line in everything]
    [table] = as_data([profile], {"own": found}, "0")["endpoints"]
    assert (table["right"], table["applied"], table["refused_hunks"]) == (1.0, 1.0, 0.0)
    assert table["output"] == 400


def test_a_wrong_edit_is_told_from_a_refused_one_and_from_none(
    server: ThreadingHTTPServer,
) -> None:
    text = SOLUTIONS["docs-docstring"]
    Answers.wrong = text.replace('"""Seconds to wait before this attempt."""', "pass")
    profile, [wrong] = outcomes(server, "docs-docstring")
    assert (wrong.right, wrong.applied) == (False, True)
    Answers.wrong = text.replace("def backoff(attempt)", "def backof(attemt)")
    _, [refused] = outcomes(server, "docs-docstring")
    assert (refused.right, refused.applied, refused.refused) == (False, False, 1)
    assert refused.why == "the edit was refused"
    Answers.wrong = "I would rather not."
    _, [none] = outcomes(server, "docs-docstring")
    assert none.why == "an answer without an edit"
    told = "\n".join(lines([profile], {"own": [wrong, refused, none]}))
    assert re.search(r"right first time +0 %", told)
    assert re.search(r"applied +33 %", told)


def test_the_simulated_endpoint_scores_what_it_can_and_says_what_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["prove", "sim", "--yes", "--task", "docs-docstring"]) == 0
    said = capsys.readouterr()
    assert "sim (simulated)" in said.out
    assert re.search(r"right first time +100 %", said.out)
    assert main(["prove", "sim", "--yes", "--json", "--task", "bug-median"]) == 1
    [table] = json.loads(capsys.readouterr().out)["endpoints"]
    assert table["simulated"] is True
    assert table["right"] == 0.0


def test_nothing_runs_before_somebody_agreed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["prove", "sim"]) == 2
    assert "nobody is there to agree" in capsys.readouterr().err
    assert main(["prove", "--list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(TASKS)
