"""Which of a project's guidance goes along with which files, and how much of it."""

from __future__ import annotations

from spark_tui.core.guidance import MOST_BYTES, as_guidance, guidance_for, is_guidance

KNOWN = ("AGENTS.md", "net/AGENTS.md", "net/deep/AGENTS.md", "docs/AGENTS.md", "net/agents.md")


def test_the_nearest_comes_first_and_the_roots_is_about_everything() -> None:
    sent = ["net/deep/pool.py", "calc.py"]
    assert guidance_for(sent, KNOWN) == ("net/deep/AGENTS.md", "net/AGENTS.md", "AGENTS.md")
    assert guidance_for([], KNOWN) == ("AGENTS.md",)
    assert guidance_for(["net/client.py"], ("docs/AGENTS.md",)) == ()


def test_only_the_file_of_that_very_name_is_guidance() -> None:
    assert is_guidance("a/AGENTS.md")
    assert not is_guidance("a/agents.md")
    assert not is_guidance("AGENTS.md/x")


def test_the_nearest_goes_along_whole_and_what_does_not_fit_behind_it_is_left_out() -> None:
    near, far = as_guidance([("net/AGENTS.md", "n" * 5_000), ("AGENTS.md", "tabs\n")])
    assert (near.path, far.path) == ("net/AGENTS.md", "AGENTS.md")
    assert "edits net" in near.about
    assert as_guidance([("net/AGENTS.md", "n" * 5_000), ("AGENTS.md", "r" * 5_000)]) == (near,)


def test_one_that_is_too_large_alone_is_cut_and_says_so() -> None:
    (one,) = as_guidance([("AGENTS.md", "é" * MOST_BYTES)])
    assert len(one.text.encode()) <= MOST_BYTES
    assert one.about.endswith(", cut")
