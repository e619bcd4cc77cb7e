"""Comments that ask for an edit: which lines are some, and which are new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexers import find_lexer_class, get_all_lexers
from pygments.token import Comment, is_token_subtype

from spark_tui.core.comments import CommentRequest, fresh, requests


def found(line: str, marker: str = "AI!") -> list[str]:
    return [r.text for r in requests("a.py", ["", line], marker)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("# use a set AI!", "use a set"),
        ("    ## use a set AI!  ", "use a set"),
        ("x = 1  # two, not one AI!", "two, not one"),
        ("// use a set AI!", "use a set"),
        ("int x; /* make it long AI! */", "make it long"),
        (" * explain this AI!", "explain this"),
        ("-- index it AI!", "index it"),
        ("<!-- shorter AI! -->", "shorter"),
        ("; faster AI!", "faster"),
        ("# use a set,AI!", "use a set,"),
    ],
)
def test_a_comment_that_ends_in_the_marker_asks(line: str, text: str) -> None:
    assert found(line) == [text]
    assert requests("a.py", ["", line], "AI!")[0].line == 2


@pytest.mark.parametrize(
    "line",
    [
        "# AI! is what we use",
        "# use a set AI",
        'print("# use a set AI!")',
        "use a set AI!",
        "a = b#c AI!",
        "# AI!",
        "# ai!",
        "# " + "x" * 3000 + " AI!",
    ],
)
def test_other_lines_ask_for_nothing(line: str) -> None:
    assert found(line) == []


FORMS = r"""
# ✎   ## ✎   #' ✎   #! ✎   #: ✎   #| ✎ |#   #= ✎ =#   #[[ ✎ ]]   #[ ✎ ]#   #; ✎   #- ✎   ### ✎ ###
// ✎   /// ✎   //! ✎   /* ✎ */   /** ✎ */   /*! ✎ */   {/* ✎ */}   /+ ✎ +/   /- ✎ -/   / ✎
-- ✎   -- | ✎   --- ✎   --[[ ✎ ]]   --[==[ ✎ ]==]   -# ✎   -/ ✎   {- ✎ -}   {-| ✎ -}   {-- ✎ --}
<!-- ✎ -->   <!--- ✎ --->   <%-- ✎ --%>   <%# ✎ %>   <%!-- ✎ --%>   <%%-- ✎ --%%>   <# ✎ #>
{# ✎ #}   {#- ✎ -#}   {* ✎ *}   {{! ✎ }}   {{!-- ✎ --}}   {{/* ✎ */}}   @* ✎ *@   { ✎ }
; ✎   ;; ✎   ;;; ✎   ;| ✎ |;   % ✎   %% ✎   %{ ✎ %}   %# ✎   (* ✎ *)   (** ✎ *)   (; ✎ ;)   (: ✎ :)
* ✎   *> ✎   ** ✎   REM ✎   rem ✎   @REM ✎   :: ✎   dnl ✎   NB. ✎   ⍝ ✎   @c ✎   @comment ✎
.\" ✎   '\" ✎   $! ✎   C ✎   c ✎   ! ✎   !! ✎   ' ✎   '' ✎   " ✎   " ✎ "   \ ✎   \* ✎
.. ✎   ||| ✎   BTW ✎
"""
"""Comments of all kinds, in no language's order: which has which, Pygments says."""

SAMPLE = ("Python", "JavaScript", "C", "VimL", "Lua", "PowerShell", "Haskell", "Batchfile")
TEXT = "make it red AI!"


def unseen(name: str) -> list[str]:
    """Comments as the lexer of this language has them, and we do not."""
    known = find_lexer_class(name)
    assert known is not None
    lexer = known()
    named = [p[2:] for p in lexer.filenames if p.startswith("*.") and p[2:].isalnum()]

    def in_comment(text: str, word: str) -> bool:
        tokens = lexer.get_tokens_unprocessed(f"{text}\nnext line\n")
        return any(word in part and is_token_subtype(kind, Comment) for _, kind, part in tokens)

    if not named or in_comment(f"~ {TEXT}", "red"):  # to it everything is a comment
        return []
    found = []
    for form in (form for line in FORMS.split("\n") for form in line.split("   ") if form):
        opener, _, closer = form.partition("✎")
        line = form.replace("✎", TEXT)
        if not in_comment(line, "red") or bool(closer) != in_comment(f"{opener}{TEXT}", "next"):
            continue
        asked = [r.text for r in requests(f"x.{named[0]}", [line], "AI!")]
        if asked != ["make it red"]:
            found.append(f"{name} (*.{named[0]}): {line} {asked}")
    return found


@pytest.mark.parametrize("name", SAMPLE)
def test_the_comments_of_a_language_ask(name: str) -> None:
    assert unseen(name) == []


@pytest.mark.long
def test_the_comments_of_every_language_that_pygments_knows_ask() -> None:
    assert [line for name, *_ in get_all_lexers(plugins=False) for line in unseen(name)] == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("x.jsx", "      {/* make it red AI! */}"),
        ("x.tsx", "{/* make it red AI! */}"),
        ("x.jinja", "{# make it red AI! #}"),
        ("x.html", "{%# make it red AI! %}"),
        ("x.erb", "<%# make it red AI! %>"),
        ("x.hbs", "{{!-- make it red AI! --}}"),
        ("x.vim", '" make it red AI!'),
        (".vimrc", '" make it red AI!'),
        ("x.lua", "--[[ make it red AI! ]]"),
        ("x.ps1", "<# make it red AI! #>"),
        ("x.cshtml", "@* make it red AI! *@"),
        ("x.tmpl", "{{/* make it red AI! */}}"),
    ],
)
def test_comments_that_only_templates_and_editors_have(path: str, line: str) -> None:
    assert [r.text for r in requests(path, [line], "AI!")] == ["make it red"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("x.py", '" use a set AI!'),
        ("x.py", "' use a set AI!"),
        ("x.js", "! use a set AI!"),
        ("x.md", ".. use a set AI!"),
        ("x.txt", "C use a set AI!"),
        ("x.json", "{ use a set AI! }"),
        ("x.py", '"# use a set AI!",'),
    ],
)
def test_what_begins_a_comment_elsewhere_begins_none_here(path: str, line: str) -> None:
    assert requests(path, [line], "AI!") == ()


def test_the_marker_can_be_another_one_or_none() -> None:
    assert found("# use a set please?", "please?") == ["use a set"]
    assert found("# use a set AI!", "") == []


def request(raw: str, line: int = 1) -> CommentRequest:
    return CommentRequest("a.py", line, raw, raw)


def test_a_comment_that_only_moved_is_not_new() -> None:
    before = [request("one AI!", 3), request("two AI!", 4)]
    after = [request("zero AI!", 1), request("one AI!", 9), request("two AI!", 2)]
    assert fresh(before, after) == (request("zero AI!", 1),)
    assert fresh(before, [*before, request("one AI!", 7)]) == (request("one AI!", 7),)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_new_ones_are_what_is_there_more_often_than_before(a: list[str], b: list[str]) -> None:
    got = [r.raw for r in fresh([request(x) for x in a], [request(x) for x in b])]
    assert sorted(got) == sorted(x for x in "abc" for _ in range(max(0, b.count(x) - a.count(x))))
