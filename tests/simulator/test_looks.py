"""What the simulated model looks at, and that it asks for nothing twice."""

from __future__ import annotations

import json
from typing import Any

from spark_tui.core.looks import RULES_IN_WORDS, TOOLS
from spark_tui.simulator.instructions import carry_out
from spark_tui.simulator.looks import wanted_looks
from spark_tui.simulator.prompt import read_prompt

FUNCTIONS = [{"type": "function", "name": tool.name} for tool in TOOLS]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": f"\nInstruction:\n{text}\n"}


def call(name: str, **arguments: str) -> list[dict[str, Any]]:
    given = {"call_id": "c", "name": name, "arguments": json.dumps(arguments)}
    return [{"type": "function_call", **given}]


def shown(text: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": "c", "output": text}


def asked(items: list[dict[str, Any]], earlier: str = "", **body: Any) -> list[str]:
    prompt = read_prompt({"input": items, "tools": FUNCTIONS, **body}, earlier)
    looks = wanted_looks(prompt, carry_out(prompt.instruction, prompt.files))
    return [look.words for look in looks]


LISTED = shown("Folder: net/\na.py\nmore/\nb.py\n\n[Looks left]")


def test_it_lists_then_reads_then_answers() -> None:
    begun = [user("look into net, then rename foo to bar")]
    assert asked(begun) == ["look: net/"]
    listed = [*begun, *call("list_dir", dir_path="net"), LISTED]
    assert asked(listed) == ["look: net/a.py", "look: net/b.py"]
    files = [shown(f"File: net/{name}.py\n```\nfoo = 1\n```\n") for name in "ab"]
    read = [*call("read_file", file_path="net/a.py"), *call("read_file", file_path="net/b.py")]
    assert asked([*listed, *read, *files]) == []


def test_it_searches_for_a_name_that_it_was_not_shown() -> None:
    assert asked([user("rename foo to bar")]) == ["look: /foo/"]
    known = {"role": "user", "content": "File: a.py\n```\nfoo = 1\n```\n"}
    assert asked([known, user("rename foo to bar")]) == []
    searched = [*call("grep_files", pattern="foo"), shown("Nothing found for 'foo'.")]
    assert asked([user("rename foo to bar"), *searched]) == []


def test_a_conversation_that_goes_on_by_its_id_knows_what_was_asked() -> None:
    earlier = '\nInstruction:\nlook into net, then rename foo to bar\n{"dir_path": "net"}'
    assert asked([LISTED], earlier) == ["look: net/a.py", "look: net/b.py"]


def test_who_may_not_look_answers_at_once() -> None:
    begun = [user("rename foo to bar")]
    assert asked(begun, tools=[]) == []
    assert asked(begun, tool_choice="none") == []
    assert asked(begun, tools=[], instructions=RULES_IN_WORDS) == ["look: /foo/"]
    told = {"role": "user", "content": "What you asked to see:\n\n[No more looks in this turn]"}
    assert asked([*begun, told], tools=[], instructions=RULES_IN_WORDS) == []
