"""A project's guidance goes along where the person trusts its very text."""

from __future__ import annotations

from typing import Any

CALC = "def add(a, b):\n    return a + b\n"
FILES = {"net/calc.py": CALC, "AGENTS.md": "use tabs\r\n", "net/AGENTS.md": "no globals\n"}


async def sent(r: Any, text: str) -> str:
    call = await r.ask(text)
    return str(call.request.messages[-1].text)


async def test_guidance_that_is_not_trusted_stays_here(rig: Any) -> None:
    text = await sent(rig(FILES), "make it fast in @net/calc.py")
    assert "use tabs" not in text
    assert "no globals" not in text


async def test_what_is_trusted_stands_before_the_code_as_something_to_read(rig: Any) -> None:
    asked: list[tuple[str, str]] = []

    def trusts(path: str, text: str) -> bool:
        asked.append((path, text))
        return path == "AGENTS.md"

    r = rig(FILES, trusts=trusts)
    text = await sent(r, "make it fast in @net/calc.py")
    assert asked[:2] == [("net/AGENTS.md", "no globals\n"), ("AGENTS.md", "use tabs\n")]
    assert text.index("To read, no file: what the project says") < text.index("File: net/calc.py")
    assert "use tabs" in text
    assert "no globals" not in text
    assert "AGENTS.md" in [item.path for item in r.pair.session.turn.context]


async def test_it_is_no_file_of_the_follow_up_and_goes_along_once(rig: Any) -> None:
    r = rig(FILES, trusts=lambda path, text: True)
    call = await r.ask("make it fast in @net/calc.py")
    call.say("It is fast.")
    call.end()
    await r.until(lambda: r.pair.session.turn.ending is not None)
    text = await sent(r, "and now?")
    assert text.count("use tabs") == 1
    assert "File: AGENTS.md" not in text


async def test_a_guidance_file_that_is_named_goes_along_as_a_file(rig: Any) -> None:
    text = await sent(rig(FILES, trusts=lambda path, text: True), "shorten @AGENTS.md")
    assert "File: AGENTS.md" in text
    assert "To read, no file" not in text
