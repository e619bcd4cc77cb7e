import stat
from pathlib import Path

from spark_tui.services.refusals import KEPT, LARGEST, newest, note


def test_notes_come_back_newest_first_and_private(tmp_path: Path) -> None:
    state = tmp_path / "state"
    for number in range(4):
        note(state, f"reason {number}", "do it")
    with (state / "refused.jsonl").open("ab") as file:
        file.write(b'{"when": 1}\nnot json\n')
    note(state, "elsewhere", "do it", "/other")
    assert [r.reason for r in newest(state, 2)] == ["reason 3", "reason 2"]
    assert [r.reason for r in newest(state, 2, "/other")] == ["elsewhere"]
    assert stat.S_IMODE((state / "refused.jsonl").stat().st_mode) == 0o600


def test_the_file_stays_small_and_a_disk_that_refuses_disturbs_nobody(tmp_path: Path) -> None:
    for number in range(2 * LARGEST // 500):
        note(tmp_path, f"{number} {'x' * 600}", "y")
    assert (tmp_path / "refused.jsonl").stat().st_size <= LARGEST
    assert len(newest(tmp_path, 1000)) >= KEPT - 1
    note(tmp_path / "refused.jsonl", "no folder", "y")
    assert newest(tmp_path / "none", 3) == ()
