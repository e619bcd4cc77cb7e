from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_tui.core.config.settings import Settings, choose_endpoint, parse, parse_shipped
from spark_tui.core.endpoint.keyfile import (
    KeyFile,
    looks_like_key,
    parse_keys,
    usable_key,
    with_endpoint,
    write_keys,
)
from spark_tui.core.endpoint.profiles import EndpointSettings, is_loopback, origin_of, profile_of
from spark_tui.core.endpoint.wire import Need, Source
from spark_tui.core.errors import SettingsError
from spark_tui.services.endpoint.providers import PROVIDERS, provider_for
from spark_tui.services.places import shipped_endpoints
from spark_tui.ui.messages.remedies import shell_line

SHIPPED = parse_shipped(shipped_endpoints().read_text(encoding="utf-8"), "endpoints.toml")
SETTINGS = Settings(shipped=SHIPPED)


def test_every_shipped_endpoint_is_known_by_name_with_only_its_key_set() -> None:
    for one in SHIPPED:
        environment = {"AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com/"}
        if one.key_variable:
            environment[one.key_variable] = "k-1"
        chosen = choose_endpoint(SETTINGS, environment, one.name).chosen
        need = Need.SIGN_IN if one.sign_in else Need.NOTHING
        assert (chosen.name, chosen.need) == (one.name, need)
        assert chosen.base_url.startswith(("http://127.0.0.1:", "https://"))
        assert provider_for(chosen.base_url, chosen.dialect).name in PROVIDERS
        assert provider_for(chosen.base_url, chosen.dialect).name != "generic"


@pytest.mark.parametrize(
    ("name", "need"),
    [
        ("spark", Need.KEY),
        ("cerebras", Need.KEY),
        ("azure", Need.ADDRESS),
        ("ollama", Need.NOTHING),
        ("vllm", Need.NOTHING),
        ("sim", Need.NOTHING),
    ],
)
def test_what_an_endpoint_lacks_is_known_before_anything_is_sent(name: str, need: Need) -> None:
    assert choose_endpoint(SETTINGS, {}, name).chosen.need is need


def test_the_shipped_ones_never_start_by_themselves() -> None:
    choice = choose_endpoint(SETTINGS, {"CEREBRAS_API_KEY": "k"})
    assert choice.fallback
    assert {p.name for p in choice.profiles} >= {"spark", "cerebras", "ollama", "azure"}


def test_a_key_alone_takes_the_shipped_model() -> None:
    chosen = choose_endpoint(SETTINGS, {"OPENAI_API_KEY": "sk-1"}).chosen
    assert (chosen.name, chosen.source) == ("openai", Source.ENVIRONMENT)
    assert chosen.model
    assert dict(chosen.options).get("service_tier") is None


def test_an_address_of_the_environment_takes_nothing_of_a_shipped_one() -> None:
    environment = {"OPENAI_BASE_URL": "https://gateway.example.com/v1"}
    chosen = choose_endpoint(SETTINGS, environment).chosen
    assert (chosen.model, chosen.key, chosen.need) == ("", "", Need.NOTHING)


def test_config_changes_what_it_names_and_keeps_the_rest() -> None:
    text = '[endpoints.spark]\nmodel = "next"\n[endpoints.spark.options]\nverbosity = "low"\n'
    spark = parse(text, "config.toml", SETTINGS).endpoints[0]
    assert (spark.model, spark.wire, spark.never) == ("next", "websocket", ("reasoning.summary",))
    assert dict(spark.options) == {"reasoning_effort": "low", "verbosity": "low"}


def test_another_address_takes_neither_key_nor_ways_along() -> None:
    text = '[endpoints.spark]\nbase_url = "https://evil.example/v1"\n'
    settings = parse(text, "config.toml", SETTINGS)
    chosen = choose_endpoint(settings, {"OPENAI_API_KEY": "sk-1"}, "spark").chosen
    assert (chosen.base_url, chosen.key, chosen.wire) == ("https://evil.example/v1", "", "auto")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[endpoints.a.send]\nmessages = 1", "'messages' can't be set"),
        ("[endpoints.a]\nnever = 'x'", "never must be a list"),
        ("[endpoints.a]\nsend = 1", "send must be a table"),
        ("[endpoints.a]\nbase_url = 'http://a b/v1'", "is not a web address"),
    ],
)
def test_wrong_tables_are_told(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        parse(text, "config.toml")


def test_an_address_with_a_variable_is_checked_when_it_is_filled_in() -> None:
    table = EndpointSettings("a", "${HOST_URL}/v1")
    assert profile_of(table, {}, Source.CONFIG).need is Need.ADDRESS
    filled = profile_of(table, {"HOST_URL": "http://h:1/"}, Source.CONFIG)
    assert filled.base_url == "http://h:1/v1"
    with pytest.raises(SettingsError, match="HOST_URL"):
        profile_of(table, {"HOST_URL": "http://u:p@h"}, Source.CONFIG)


# ------------------------------------------------------------------- keys.toml

KEYED = with_endpoint(KeyFile(), "spark", "https://api.openai.com", key="sk-new")


def test_a_key_set_from_the_screen_wins_and_follows_its_origin_only() -> None:
    settings = replace(SETTINGS, saved=KEYED)
    environment = {"OPENAI_API_KEY": "sk-old", "CEREBRAS_API_KEY": "csk-1"}
    chosen = choose_endpoint(settings, environment)
    assert (chosen.chosen.name, chosen.chosen.key) == ("spark", "sk-new")
    assert chosen.chosen.key_from == "keys.toml"
    by_name = {p.name: p.key for p in chosen.profiles}
    assert by_name["openai"] == by_name["ultrafast"] == "sk-new"
    assert by_name["cerebras"] == "csk-1"
    assert by_name["groq"] == ""


def test_a_config_file_says_what_to_start_with_before_the_last_choice_does() -> None:
    settings = parse("endpoint = 'groq'", "config.toml", replace(SETTINGS, saved=KEYED))
    assert choose_endpoint(settings, {}).chosen.name == "groq"
    environment = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    assert choose_endpoint(settings, environment).chosen.name == "127.0.0.1:9"


def test_a_new_key_replaces_the_one_of_its_origin() -> None:
    again = with_endpoint(KEYED, "openai", "https://api.openai.com", key="sk-2")
    assert dict(again.keys) == {"https://api.openai.com": "sk-2"}
    ringed = with_endpoint(again, "openai", "https://api.openai.com", key="sk-3", ring=True)
    assert (dict(ringed.keys), ringed.keyring) == ({}, ("https://api.openai.com",))
    assert with_endpoint(ringed, "spark", "https://api.openai.com").keyring


NAMES = st.text(min_size=1, max_size=20).filter(lambda n: n != "sim")
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


@given(NAMES, KEYS, st.text(max_size=20))
def test_what_is_written_is_read_back(name: str, key: str, model: str) -> None:
    table = EndpointSettings(name.strip() or "x", "http://gpu:8000/v1", model.strip())
    saved = with_endpoint(KEYED, table.name, "http://gpu:8000", key=key, table=table)
    saved = replace(saved, endpoint=saved.endpoint.strip())
    read = parse_keys(write_keys(saved), "keys.toml")
    assert (read.endpoint, dict(read.keys)) == (saved.endpoint, dict(saved.keys))
    assert [(t.name, t.base_url, t.model) for t in read.endpoints] == [
        (table.name, table.base_url, table.model)
    ]


def test_a_damaged_file_is_told_without_a_word_of_it() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_keys('[api_keys]\n"https://x" = "sk-secret', "keys.toml")
    assert "sk-secret" not in shell_line(caught.value)
    assert "sk-new" not in repr(KEYED)


@pytest.mark.parametrize("text", ["", "two words", "sk-ü", "a\nb", "x" * 5000, "a\x1b[0m"])
def test_what_can_be_no_key_is_none(text: str) -> None:
    assert usable_key(text) == ""


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("sk-proj-abcdefghijklmnop3f9a\n", True),
        ("gsk_abcdefghijklmnopqrstuvwxyz", True),
        ("sk-short", False),
        ("rename sk-proj-abcdefghijklmnop3f9a", False),
        ("task-list-of-everything-we-want-to-do", False),
        ("src/sk-learn/estimators_and_models.py", False),
    ],
)
def test_what_is_shaped_like_a_key_is_known_for_one(text: str, is_one: bool) -> None:
    assert looks_like_key(text) is is_one


def test_a_key_is_taken_without_the_line_break_of_a_paste() -> None:
    assert usable_key(" sk-1\n") == "sk-1"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com"),
        ("https://API.openai.com:443/v1/", "https://api.openai.com"),
        ("http://h:8000/v1", "http://h:8000"),
        ("http://[::1]:8000/v1", "http://[::1]:8000"),
        ("http://h:bad", ""),
        ("nonsense", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_loopback_is_this_machine_and_nothing_like_it() -> None:
    assert is_loopback("http://127.0.0.1:1/v1")
    assert not is_loopback("http://127.0.0.1.example.com/v1")


def test_a_key_alone_takes_the_configured_endpoint_of_that_name() -> None:
    settings = parse('[endpoints.openai]\nmodel = "mine"\n', "config.toml", SETTINGS)
    assert choose_endpoint(settings, {"OPENAI_API_KEY": "sk-1"}).chosen.model == "mine"
