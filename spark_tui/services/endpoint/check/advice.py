"""What to do about a failed step, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.core.endpoint.probe import ProbeStep
from spark_tui.core.endpoint.wire import EndpointProfile, FaultKind
from spark_tui.core.nearest import nearest
from spark_tui.core.remedy import Remedy, Ways
from spark_tui.services.endpoint.faults.faults import FaultError, safe_text

PROXY_FIX = "check HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), or NO_PROXY for this host"

_BY_KIND = {
    FaultKind.DNS: "check the host in base_url, and that this machine is online",
    FaultKind.CONNECT: "start the server, or check host and port in base_url",
    FaultKind.TIMEOUT: "try again; if it stays, a firewall may want a proxy: HTTPS_PROXY",
    FaultKind.STALLED: "try again; if it stays, the server is stuck",
    FaultKind.QUOTA: "add credit, or raise the limit at the provider",
    FaultKind.RATE_LIMIT: "wait a minute, then try again",
    FaultKind.SERVER: "the trouble is at the provider: try again later",
    FaultKind.NOT_A_STREAM: "check base_url: it usually ends in /v1",
    FaultKind.REDIRECT: "set base_url to the address it points to",
    FaultKind.MALFORMED: "what answers there is no such API: check base_url, or set wire",
    FaultKind.TOO_BIG: "what answers there is no such API: check base_url",
    FaultKind.BAD_REQUEST: "its words say what; another model may take it, or never = […] leaves a "
    "field out",
    FaultKind.TOO_LONG: "a context so small is of no use here: take another model",
}


def fix_for(
    step: ProbeStep, fault: FaultError, profile: EndpointProfile, listed: Sequence[str] = ()
) -> Ways:
    """What helps against `fault` at this step; `listed` are the models the endpoint names."""
    variable = profile.key_variable
    if step is ProbeStep.PROXY:
        return (PROXY_FIX,)
    if step is ProbeStep.WEBSOCKET:
        return (
            'turns use HTTPS instead; wire = "responses" in config.toml says so from the start',
        )
    if step is ProbeStep.KEY or fault.kind in (FaultKind.AUTH, FaultKind.FORBIDDEN):
        if profile.key_from == variable or not profile.key:
            first = (f"set {variable} to a key that is valid",) if variable else ()
            return (*first, Remedy.SET_KEY)
        return (Remedy.NEW_KEY,)
    if step is ProbeStep.MODEL or (fault.kind is FaultKind.NOT_FOUND and listed):
        return (_model(profile.model, listed),)
    if fault.kind is FaultKind.NOT_FOUND:
        return ("check base_url (it usually ends in /v1) and model",)
    if fault.kind is FaultKind.TLS:
        return (_tls(fault.message),)
    return (_BY_KIND.get(fault.kind, "check base_url and model"),)


def _model(model: str, listed: Sequence[str]) -> str:
    if not listed:
        return "set model in config.toml, or SPARK_TUI_MODEL"
    return f"model = one it has: {closest(model, listed)}"


def closest(model: str, listed: Sequence[str]) -> str:
    """The listed model that is nearest to `model`, else the first few."""
    close = nearest(model, tuple(listed)) if model else ""
    some = [close] if close else list(listed[:3])
    return ", ".join(safe_text(one, limit=60) for one in some)


def _tls(message: str) -> str:
    said = message.lower()
    if "self-signed" in said or "self signed" in said or "unable to get" in said:
        return "if you trust it: SSL_CERT_FILE=the file with the certificate that signed it"
    if "expired" in said or "not yet valid" in said:
        return "the certificate is out of date: renew it; is this machine's clock right?"
    if "mismatch" in said or "doesn't match" in said or "not valid for" in said:
        return "use the name the certificate was made for in base_url"
    if "does not speak" in said or "wrong_version" in said or "wrong version" in said:
        return "that port speaks no TLS: http:// in base_url"
    return "check the certificate; is something in between reading along?"
