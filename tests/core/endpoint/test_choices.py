from __future__ import annotations

import pytest

from spark_tui.core.endpoint.choices import EndpointDraft, choice_of, drafted, label, whole_address
from spark_tui.core.endpoint.wire import EndpointProfile, EndpointState, Need, Source
from spark_tui.core.errors import SettingsError
from spark_tui.ui.messages.remedies import shell_line

SPARK = EndpointProfile(
    "spark",
    "https://api.openai.com/v1",
    "gpt-5.3-codex-spark",
    "websocket",
    need=Need.KEY,
    source=Source.SHIPPED,
)
KEY = "sk-0123456789"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("localhost:8000", "http://localhost:8000/v1"),
        ("gpu:8000/", "http://gpu:8000/v1"),
        ("api.example.com", "https://api.example.com/v1"),
        ("https://api.example.com/openai/v1/", "https://api.example.com/openai/v1"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000/v1"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_an_address_is_made_whole(typed: str, address: str) -> None:
    assert whole_address(typed) == address


def test_a_key_makes_a_shipped_endpoint_whole() -> None:
    made = drafted(EndpointDraft("spark", key=f" {KEY}\n"), SPARK)
    assert (made.key, made.key_from, made.need) == (KEY, "keys.toml", Need.NOTHING)
    assert (made.wire, made.source) == ("websocket", Source.SAVED)
    assert KEY not in repr(EndpointDraft("spark", key=KEY))


def test_a_known_key_goes_along_to_its_own_origin_only() -> None:
    known = drafted(EndpointDraft("spark", key=KEY), SPARK)
    assert drafted(EndpointDraft("spark", model="next"), known).key == KEY
    elsewhere = drafted(EndpointDraft("spark", "https://evil.example"), known)
    assert (elsewhere.key, elsewhere.base_url) == ("", "https://evil.example/v1")
    assert elsewhere.wire == "auto"


def test_what_needs_a_key_is_not_asked_without_one() -> None:
    with pytest.raises(SettingsError, match="a key is needed"):
        drafted(EndpointDraft("spark"), SPARK)
    assert drafted(EndpointDraft("spark", "http://gpu:1"), SPARK).key == ""


def test_another_address_gets_a_name_of_its_own() -> None:
    made = drafted(EndpointDraft(address="gpu:8000", model="m"), None)
    assert (made.name, made.base_url, made.model) == ("gpu", "http://gpu:8000/v1", "m")


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (EndpointDraft(), "an address is needed"),
        (EndpointDraft(address="http://u:p@h"), "no credentials"),
        (EndpointDraft(address="http://h", key="two words"), "can't be a key"),
        (EndpointDraft(address="ht tp"), "not a web address"),
    ],
)
def test_what_can_not_be_is_told_without_the_key(draft: EndpointDraft, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        drafted(draft, None)
    assert told in shell_line(caught.value)
    assert "two words" not in shell_line(caught.value)


def test_what_is_ready_and_what_is_set_up_first() -> None:
    def ready(profile: EndpointProfile) -> bool:
        return choice_of(profile, in_use=False, previous=False).ready

    assert not ready(SPARK)
    assert ready(drafted(EndpointDraft("spark", key=KEY), SPARK))
    local = EndpointProfile("ollama", "http://127.0.0.1:11434/v1", source=Source.SHIPPED)
    assert not ready(local)
    assert ready(EndpointProfile("mine", "http://gpu:8000/v1", source=Source.CONFIG))


def test_a_label_says_what_is_known_by_now() -> None:
    known = label(SPARK, EndpointState("gpt-5.3-codex-spark", "websocket", warm=True))
    assert (known.provider, known.wire, known.warm) == ("openai", "ws", True)
    assert label(SPARK).wire == "ws"
    assert label(SPARK, EndpointState(wire="responses")).wire == "sse"
    found = label(EndpointProfile("h", "http://h/v1"), EndpointState("simulated"))
    assert (found.simulated, found.built_in, found.name) == (True, False, "h")
