"""Words of instructions and of code: one tokeniser for both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.retrieve.terms import LONGEST, body_terms, query_terms, stem


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("parsing", "parse"), ("errors", "error"), ("connections", "connection"),
        ("retries", "retry"), ("stopped", "stop"), ("files", "file"), ("validation", "validate"),
        ("generators", "generate"), ("classes", "class"), ("strings", "string"),
        ("removed", "remove"), ("dependencies", "dependency"), ("quickly", "quick"),
    ],
)  # fmt: skip
def test_forms_of_a_word_are_one_term(said: str, written: str) -> None:
    assert stem(said) == stem(written)


def test_an_identifier_counts_whole_and_by_its_parts() -> None:
    assert set(body_terms("parseHTTPResponse2 = MAX_SIZE")) == {
        "parsehttpresponse2", "pars", "http", "respons", "maxsize", "max", "siz",
    }  # fmt: skip
    assert not body_terms("a = x")


def weights(text: str) -> dict[str, float]:
    """The weights of an instruction's terms that were said themselves."""
    return {t.text: t.weight for t in query_terms(text) if t.kind not in {"related", "joined"}}


def test_names_weigh_more_than_words_and_code_most() -> None:
    found = weights("the `retry_limit` of HttpClient in net/pool.py is slow")
    assert found["retrylimit"] == 3
    assert found["httpclient"] == found["pool"] == 2
    assert found["slow"] == 1
    assert "the" not in found


def test_stop_words_are_looked_up_where_nothing_else_is_said() -> None:
    assert weights("make it work")


def test_words_side_by_side_may_be_one_name() -> None:
    assert "dryrun" in {t.text for t in query_terms("honour dry run") if t.kind == "joined"}
    assert not [t for t in query_terms("the run of the mill") if t.kind == "joined"]


def test_long_and_short_forms_are_related() -> None:
    assert "config" in {
        t.text for t in query_terms("read the configuration") if t.kind == "related"
    }


KEYS = [
    "sk-proj-9fK2mQ7xL4vB8nR1tY6wZ3cJ5hD0gS", "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_keys_and_parts_of_them_are_no_terms(key: str) -> None:
    assert not body_terms(f'x = "{key}"') - body_terms("x sk proj ghp k")
    assert not {t.text for t in query_terms(key)} - {"sk", "proj", "ghp"}


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_term_is_long_or_empty(text: str) -> None:
    for term in [*body_terms(text), *(t.text for t in query_terms(text))]:
        assert 0 < len(term) <= LONGEST
