"""A patch that somebody else made: every hunk of it, whatever it is about."""

from __future__ import annotations

from spark_tui.core.tree_review.foreign_patch import changes_of_patch
from spark_tui.core.tree_review.model import ChangeKind

PATCH = """\
a mail above it
diff --git a/net/a.py b/net/a.py
index 111..222 100644
--- a/net/a.py
+++ b/net/a.py
@@ -1,4 +1,4 @@ def a():
 one
--- two
+++ two
 three
@@ -9 +9,2 @@
 nine
+ten
\\ No newline at end of file
diff --git "a/caf\\303\\251.txt" "b/caf\\303\\251.txt"
old mode 100644
new mode 100755
diff --git a/old name b/new name
similarity index 100%
rename from old name
rename to new name
diff --git a/x.bin b/x.bin
Binary files a/x.bin and b/x.bin differ
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-gone
--- plain.c\t2026-01-01
+++ plain.c\t2026-01-02
@@ -2 +2 @@
-int x
+int y
"""


def test_every_kind_of_change_is_read() -> None:
    found = {change.file.path: change for change in changes_of_patch(PATCH)}
    assert set(found) == {"net/a.py", "café.txt", "new name", "x.bin", "gone", "plain.c"}
    first, second = found["net/a.py"].file.hunks
    assert (first.old_start, first.new_start, first.added, first.removed) == (2, 2, 1, 1)
    assert dict(found["net/a.py"].parts)[first.id][1].text == "-- two"
    assert (second.new_start, second.added) == (10, 1)
    kinds = {path: [h.kind for h in change.file.hunks] for path, change in found.items()}
    assert kinds["café.txt"] == [ChangeKind.MODE]
    assert kinds["new name"] == [ChangeKind.RENAMED]
    assert found["new name"].file.origin == "old name"
    assert kinds["x.bin"] == [ChangeKind.BINARY]
    assert kinds["gone"] == [ChangeKind.DELETED]
    assert all(hunk.fixed for change in found.values() for hunk in change.file.hunks)


def test_what_is_no_patch_is_none() -> None:
    assert changes_of_patch("") == ()
    assert changes_of_patch("@@ -1 +1 @@\n-a\n+b\n") == ()
    assert changes_of_patch("diff --git \n--- \n+++ \n@@ -1,999999999 +1 @@\n-a") != ()
