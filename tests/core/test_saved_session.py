"""Sessions as plain data: every value comes back as it was."""

import json

from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.context import ContextItem
from spark_tui.core.edits.model import (
    Candidate,
    FileOp,
    Hunk,
    HunkId,
    HunkState,
    RawHunk,
    Refusal,
    RefusalCode,
    TaggedLine,
)
from spark_tui.core.endpoint.wire import Ending
from spark_tui.core.events import Answered, Asked, EndpointLabel, Said
from spark_tui.core.latency.meter import Exactness, Reading
from spark_tui.core.plain_data import plain, read
from spark_tui.core.saved_session import events_of
from spark_tui.core.session import Session, Turn, step

text = st.text(max_size=12)
numbers = st.integers(min_value=0, max_value=2**60)
lines = st.lists(st.builds(TaggedLine, st.sampled_from(" +-"), text), max_size=4).map(tuple)
refusals = st.builds(
    Refusal,
    st.sampled_from(RefusalCode),
    text,
    st.none() | numbers,
    candidates=st.lists(st.builds(Candidate, numbers, text), max_size=2).map(tuple),
)
ids = st.builds(HunkId, numbers, numbers, text)
hunks = st.builds(
    Hunk,
    ids,
    text,
    st.sampled_from(FileOp),
    st.sampled_from(HunkState),
    raw=st.none() | st.builds(RawHunk, lines, line_hint=st.none() | numbers, whole=st.booleans()),
    base_span=st.none() | st.tuples(numbers, numbers),
    old=st.lists(text, max_size=3).map(tuple),
    refusal=st.none() | refusals,
    depends_on=st.none() | ids,
)
readings = st.builds(
    Reading,
    ttft_ns=st.none() | numbers,
    decode_tps=st.none() | st.floats(0, 1e6),
    exactness=st.sampled_from(Exactness),
    gaps_ns=st.none() | st.tuples(numbers, numbers, numbers),
    history=st.lists(st.floats(0, 1e6), max_size=3).map(tuple),
)
turns = st.builds(
    Turn,
    numbers,
    text,
    st.lists(st.builds(ContextItem, text, st.none() | st.tuples(numbers, numbers), numbers)).map(
        tuple
    ),
    numbers,
    st.builds(EndpointLabel, text, text, text),
    numbers,
    hunks=st.lists(hunks, max_size=2).map(tuple),
    reading=readings,
    ending=st.none() | st.sampled_from(Ending),
    entries=st.lists(st.tuples(ids, numbers), max_size=2).map(tuple),
)


@given(turns)
def test_a_turn_comes_back_as_it_was(turn: Turn) -> None:
    assert read(Turn, json.loads(json.dumps(plain(turn)))) == turn


def test_fields_of_another_version_are_ignored() -> None:
    data = plain(ContextItem("a.py", (1, 2), 3))
    assert isinstance(data, dict)
    assert read(ContextItem, {**data, "later": [1]}) == ContextItem("a.py", (1, 2), 3)


def test_an_answer_without_an_edit_is_shown_again() -> None:
    asked = Asked(1, 1, "why is it slow?", (), 1_200, EndpointLabel("spark", "m", "p"))
    session = step(Session(), asked)
    session = step(session, Answered(2, 1, "It adds one by one."))
    events = events_of(session)
    assert Said(1, 1, "It adds one by one.") in events
    again = Session()
    for event in events:
        again = step(again, event)
    assert again.turns == session.turns
