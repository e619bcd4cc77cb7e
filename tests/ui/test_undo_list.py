from spark_tui.core.journal import Entry, EntryNote
from spark_tui.ui.screens.lists import undo_list


def entry(number: int, text: str, undoes: int | None = None, undone_by: int | None = None) -> Entry:
    return Entry(number, 0.0, EntryNote(text, "spark", 1), ("a.py",), undoes, undone_by)


def test_entries_are_listed_with_what_they_did_and_only_those_that_stand_can_be_chosen() -> None:
    chosen: list[str] = []
    model = undo_list(
        [entry(3, "", undoes=1), entry(2, "cap\nit"), entry(1, "rename", undone_by=3)],
        chosen.append,
    )
    assert [i.left for i in model.items] == ["#3", "#2", "#1"]
    assert [i.middle for i in model.items] == [
        "a.py · takes back #1",
        "a.py · cap it",
        "a.py · rename",
    ]
    assert [i.id for i in model.items] == ["3", "2", ""]
    assert model.items[2].right == "undone by #3"
    assert model.choose is not None
    model.choose("2")
    assert chosen == ["2"]


def test_an_empty_journal_says_so() -> None:
    assert undo_list([], lambda _: None).footer == ("nothing is written yet",)
