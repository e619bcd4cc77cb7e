from dataclasses import replace

import pytest

from spark_tui.core.config.settings import Settings, choose_endpoint, parse
from spark_tui.core.config.toml import key_lines, toml_table
from spark_tui.core.errors import SettingsError
from spark_tui.core.journal import JournalBounds
from spark_tui.core.looks import LookSetting
from spark_tui.core.mode import Mode
from spark_tui.ui.messages.remedies import shell_line, shell_lines

FAST = """
endpoint = "fast"
mode = "auto-apply"
theme = "gruvbox"
[endpoints.fast]
base_url = "https://api.example.com/v1"
model = "quick-1"
wire = "chat"
key_variable = "EXAMPLE_API_KEY"
[endpoints.fast.options]
service_tier = "priority"
store = false
[keys]
"hunk.keep" = "l"
"""


def test_every_key_of_the_user_file_is_read() -> None:
    settings = parse(FAST, "config.toml")
    assert settings.endpoint == "fast"
    assert settings.mode is Mode.AUTO
    assert settings.theme == "gruvbox"
    assert settings.keys == (("hunk.keep", "l"),)
    assert settings.endpoints[0].options == (("service_tier", "priority"), ("store", "false"))


def test_how_much_is_kept_for_undo_can_be_set() -> None:
    assert parse("[journal]\nentries = 50", "config.toml").journal == JournalBounds(50, 256)
    assert parse("[journal]\nmegabytes = 9", "config.toml").journal == JournalBounds(2000, 9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("endpont = 'x'", "config.toml:1: unknown key 'endpont' · did you mean 'endpoint'?"),
        ("mode = 'yolo'", "one of ask, auto-apply, read-only"),
        ("[endpoints.a]\nbase_urll = 'x'", "did you mean 'endpoints.a.base_url'?"),
        ("[endpoints.a]\nbase_url = 'ftp://x'", "is not a web address"),
        ("[endpoints.a]\nbase_url = 'https://u:p@x/v1'", "no credentials in the address"),
        ("[endpoints.a]\nwire = 'grpc'", "one of auto, responses, websocket, chat"),
        ("[endpoints.sim]\nmodel = 'x'", "built in"),
        ("[endpoints.a]\napi_key = 'sk-1'", 'key_variable = "NAME"'),
        ("[endpoint.a]\nmodel = 'x'", "did you mean [endpoints.NAME]?"),
        ("endpoint = 3", "endpoint must be a text"),
        ("endpoints = 3", "endpoints must be a table"),
        ("mode = ", "config.toml: "),
        ("[traces]\ntexts = true", "did you mean 'traces.text'?"),
        ("[traces]\ntext = 1", "traces.text must be true or false"),
        ("[traces]\nkeep = -1", "traces.keep must be 0 to 10,000"),
        ("[traces]\nkeep = true", "traces.keep must be 0 to 10,000"),
        ("[journal]\nentrys = 5", "did you mean 'journal.entries'?"),
        ("[journal]\nmegabytes = 0", "journal.megabytes must be a whole number from 1"),
    ],
)
def test_a_wrong_setting_names_the_file_the_key_and_the_way_out(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text, "config.toml")
    assert told in shell_line(caught.value)
    assert "config.toml" in shell_line(caught.value)


WRONG = '''\
# mine
mode = "yolo"
theme = """
mode = 3
"""
endpont = "fast"

[endpoints.fast]
base_url = "ftp://x"
window = "big"
never = [
  "a",  # ]
  3,
]
[endpoints."a.b"]
modle = "m"
[[checks]]
run = "ruff check {file}"
[[checks]]
run = "'open"
[[checks]]
second = 3
[keys]
undo = 5
[slo]
ttft_ms = "fast"
'''


def test_all_that_is_wrong_is_told_at_once_each_with_its_line() -> None:
    with pytest.raises(SettingsError) as caught:
        parse(WRONG, "config.toml")
    assert [line.partition(" · ")[0] for line in shell_lines(caught.value)] == [
        "config.toml:2: mode 'yolo'",
        "config.toml:6: unknown key 'endpont'",
        "config.toml:9: endpoints.fast.base_url: 'ftp://x' is not a web address",
        "config.toml:10: endpoints.fast.window must be a number",
        "config.toml:11: endpoints.fast.never must be a list of texts",
        "config.toml:16: unknown key 'endpoints.a.b.modle'",
        'config.toml:20: checks.run "\'open" has open quotes',
        "config.toml:22: unknown key 'checks.second'",
        "config.toml:24: keys.undo must be a text",
        "config.toml:26: slo.ttft_ms must be a number",
    ]
    assert shell_line(caught.value).endswith(" · 9 more")


def test_what_a_project_file_gets_wrong_is_told_with_its_line() -> None:
    settings = parse("theme = 3\nmode = 'ask'\n", ".spark.toml", project=True, trusted=True)
    assert settings.unused == (
        ".spark.toml:1: theme must be a text",
        ".spark.toml:2: a project file may not set 'mode'",
    )


@pytest.mark.parametrize("text", ["[[[\n= ", "a = ", "= 1", "[", "\0", "[[x]]\nb ="])
def test_a_text_that_is_no_toml_is_an_error_with_words(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^config.toml: "):
        parse(text, "config.toml")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = 1\r\n\r\n[t]\r\nb.c = 'x # y'\r\n", {"a": 1, "t": 3, "t.b.c": 4}),
        ("a = '''\nb = 1\n'''\nc = \"\\\"#\" # d = 1\ne = 2", {"a": 1, "c": 4, "e": 5}),
        ("[[x]]\n[[x.y]]\nz = 1\n[[x]]\n[[x.y]]\nz = 1",
         {"x": 1, "x.0": 1, "x.0.y": 2, "x.0.y.0": 2, "x.0.y.0.z": 3, "x.1": 4, "x.1.y": 5,
          "x.1.y.0": 5, "x.1.y.0.z": 6}),
        ("a = [\n { b = ']' },\n # ]\n]\n\"q \\u0041\" = 1", {"a": 1, "q A": 5}),
    ],
)  # fmt: skip
def test_keys_are_found_where_they_stand(text: str, lines: dict[str, int]) -> None:
    toml_table(text)
    assert key_lines(text) == lines


@pytest.mark.parametrize(
    "key", ["endpoint = 'x'", "mode = 'auto-apply'", "[endpoints.a]", "[keys]", "[traces]"]
)
def test_a_project_file_may_not_say_where_requests_go_or_what_is_written(key: str) -> None:
    settings = parse(key, ".spark.toml", project=True)
    (told,) = settings.unused
    assert "a project file may not set" in told
    assert replace(settings, unused=()) == Settings()


def test_traces_hold_no_text_unless_the_person_says_so() -> None:
    assert not Settings().traces.text
    traces = parse("[traces]\ntext = true\nkeep = 0", "config.toml").traces
    assert (traces.text, traces.keep) == (True, 0)


def test_a_project_file_may_set_the_theme() -> None:
    assert parse("theme = 'nord'", ".spark.toml", project=True).theme == "nord"


def test_the_model_may_look_unless_the_person_says_otherwise() -> None:
    assert Settings().looks is LookSetting.ON
    assert parse("looks = 'ask'", "config.toml").looks is LookSetting.ASK
    with pytest.raises(SettingsError, match="looks 'always'"):
        parse("looks = 'always'", "config.toml")


def test_a_project_file_may_only_turn_looks_off() -> None:
    asks = parse("looks = 'ask'", "config.toml")
    for trusted in (False, True):
        off = parse("looks = 'off'", ".spark.toml", asks, project=True, trusted=trusted)
        assert (off.looks, off.unused, off.untrusted) == (LookSetting.OFF, (), ())
        assert off.trusts_folder is trusted
        for more in ("'on'", "'ask'", "true", "['off']"):
            settings = parse(f"looks = {more}", ".spark.toml", asks, project=True, trusted=trusted)
            assert settings.looks is LookSetting.ASK
            assert "may only turn looks off" in settings.unused[0]
    assert not asks.trusts_folder


def test_without_anything_the_simulated_endpoint_serves() -> None:
    choice = choose_endpoint(Settings(), {})
    assert choice.fallback
    assert choice.chosen.simulated


def test_a_key_alone_means_openai() -> None:
    choice = choose_endpoint(Settings(), {"OPENAI_API_KEY": "sk-1", "SPARK_TUI_MODEL": "m"})
    assert (choice.chosen.name, choice.chosen.model, choice.chosen.key) == ("openai", "m", "sk-1")
    assert choice.chosen.base_url == "https://api.openai.com/v1"
    assert not choice.fallback


def test_a_base_url_alone_sends_no_key() -> None:
    choice = choose_endpoint(Settings(), {"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"})
    assert choice.chosen.key == ""
    assert choice.chosen.name == "127.0.0.1:8080"


def test_the_environments_address_wins_over_the_file_and_a_flag_over_both() -> None:
    settings = parse(FAST, "config.toml")
    environment = {"OPENAI_BASE_URL": "http://localhost:1/v1", "EXAMPLE_API_KEY": "k"}
    assert choose_endpoint(settings, environment).chosen.name == "localhost:1"
    chosen = choose_endpoint(settings, environment, "fast").chosen
    assert (chosen.name, chosen.key) == ("fast", "k")
    assert choose_endpoint(settings, environment, "sim").chosen.simulated


def test_a_configured_endpoint_wins_over_a_key_that_lies_around() -> None:
    settings = parse(FAST, "config.toml")
    assert choose_endpoint(settings, {"OPENAI_API_KEY": "sk-1"}).chosen.name == "fast"


def test_an_unknown_endpoint_name_is_told_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="no endpoint is named 'fastt'") as caught:
        choose_endpoint(parse(FAST, "config.toml"), {}, "fastt")
    assert caught.value.remedies == ("did you mean 'fast'? (config.toml names them)",)


def test_a_profile_never_shows_its_key() -> None:
    chosen = choose_endpoint(Settings(), {"OPENAI_API_KEY": "sk-secret"}).chosen
    assert "sk-secret" not in repr(chosen)
    assert "key=set" in repr(chosen)


def test_presets_come_in_their_order_and_take_the_place_of_the_shipped_ones() -> None:
    assert [name for name, _ in Settings().presets] == [
        "docstring",
        "types",
        "simplify",
        "guard None",
    ]
    settings = parse(
        '[presets]\nlog = "log it"\n"no print" = "log instead of print"\n', "config.toml"
    )
    assert settings.presets == (("log", "log it"), ("no print", "log instead of print"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[presets]\nlog = ''", "presets.log says nothing"),
        ("[presets]\nlog = 3", "presets.log must be a text"),
        ("presets = 'x'", "presets must be a table"),
        ("[presets]\n" + "\n".join(f"p{n} = 'x'" for n in range(10)), "the keys are 1 to 9"),
    ],
)
def test_wrong_presets_are_refused_by_name(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        parse(text, "config.toml")
    project = parse("[presets]\nx = 'y'", ".spark.toml", project=True)
    assert "may not set" in project.unused[0]
    assert project.presets == Settings().presets


def test_the_loser_of_a_race_runs_on_where_that_is_set() -> None:
    assert not parse("", "config.toml").race_on
    assert parse("[race]\nkeep = true\n", "config.toml").race_on
    with pytest.raises(SettingsError, match=r"race\.keep must be true or false"):
        parse('[race]\nkeep = "yes"\n', "config.toml")
    with pytest.raises(SettingsError, match=r"race\.kept"):
        parse("[race]\nkept = true\n", "config.toml")
