"""`spark-tui doctor`: an endpoint looked at step by step, each with its time and a way out."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import out, print_json
from spark_tui.core.endpoint.probe import Check, ProbeReport, StepOutcome
from spark_tui.core.endpoint.profiles import check_url, name_for
from spark_tui.core.endpoint.wire import EndpointProfile, Source
from spark_tui.core.errors import SettingsError, UsageError
from spark_tui.core.regex import regex
from spark_tui.ui.messages.remedies import in_shell

_MARKS = {StepOutcome.OK: "✓", StepOutcome.FAILED: "✗", StepOutcome.SKIPPED: "–"}

_HOST_AND_PORT = regex(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}(?:/\S*)?")


def doctor(args: Sequence[str]) -> int:
    """Exit status 0 all is well, 1 something failed, 2 usage or no endpoint. Prints no key."""
    parser = Arguments(
        prog="spark-tui doctor",
        description="Look at an endpoint step by step: name, connection, proxy, TLS, key, model, "
        "first token, WebSocket. Sends one request of at most 16 tokens.",
    )
    add = parser.add_argument
    add("name", nargs="?", default="", metavar="ENDPOINT", help="its name, or an address")
    add("--endpoint", default="", metavar="NAME", help="the same")
    add("--json", action="store_true", help="machine-readable, one object")
    given = parser.parse_args(list(args))
    if given.name and given.endpoint and given.name != given.endpoint:
        raise UsageError("one endpoint at a time", "spark-tui doctor ENDPOINT")
    from spark_tui.services.installation import REINSTALL, faults

    broken = faults()
    if broken:
        for line in broken:
            out(f"  {_MARKS[StepOutcome.FAILED]} {'program':<12}{'':>11}   {line}")
        out(f"    → {REINSTALL}")
        return 1
    profile = _profile(given.name or given.endpoint)
    from spark_tui.commands.endpoints import with_key
    from spark_tui.services import places
    from spark_tui.services.endpoint import remembered
    from spark_tui.services.endpoint.check.probe import EndpointProbe

    memory, profile = remembered(places.state_dir()), with_key(profile)
    if given.json:
        report = EndpointProbe(profile, memory=memory).run()
        print_json(_as_data(profile, report), indent=2)
    else:
        out(_headline(profile))
        report = EndpointProbe(profile, _print, memory=memory).run()
        out(_verdict(report))
        for warning in _warnings(profile):
            out(f"! {warning}")
    return 0 if report.flawless else 1


def _profile(name: str) -> EndpointProfile:
    from spark_tui.commands.headless_edit import named_endpoint

    if "://" in name or _HOST_AND_PORT.fullmatch(name):
        url = name if "://" in name else f"http://{name}"
        try:
            check_url(url, "doctor")
        except SettingsError as error:
            raise UsageError(error.what, *error.remedies) from None
        return EndpointProfile(name_for(url), url, source=Source.ENVIRONMENT, dialect="")
    return named_endpoint(None, name)


def _headline(profile: EndpointProfile) -> str:
    address = "built in, simulated" if profile.simulated else profile.base_url
    return " · ".join(part for part in (profile.name, profile.model, address) if part)


def _print(check: Check) -> None:
    took = "" if check.took_ns is None else f"{check.took_ns / 1e6:,.1f} ms"
    out(f"  {_MARKS[check.verdict]} {check.step:<12}{took:>11}   {check.detail}".rstrip())
    fix = in_shell("", check.fix)
    if fix:
        out(f"    → {fix}")


def _verdict(report: ProbeReport) -> str:
    if report.flawless:
        return "works"
    return "works, with what is said above" if report.works else "does not work yet"


def _warnings(profile: EndpointProfile) -> list[str]:
    from spark_tui.core.endpoint.keyfile import FILE_NAME
    from spark_tui.services import places
    from spark_tui.services.credentials import loose

    path = places.keys_file()
    if profile.key_from == FILE_NAME and loose(path):
        return [f"others can read {path} · chmod 600 {path}"]
    return []


def _as_data(profile: EndpointProfile, report: ProbeReport) -> dict[str, object]:
    return {
        "endpoint": profile.name,
        "simulated": profile.simulated,
        "base_url": profile.base_url,
        "model": report.model,
        "wire": report.wire,
        "key_from": profile.key_from or None,
        "works": report.works,
        "checks": [
            {
                "step": str(check.step),
                "verdict": str(check.verdict),
                "ms": None if check.took_ns is None else round(check.took_ns / 1e6, 3),
                "detail": check.detail,
                "fix": in_shell("", check.fix),
            }
            for check in report.checks
        ],
        "warnings": _warnings(profile),
    }
