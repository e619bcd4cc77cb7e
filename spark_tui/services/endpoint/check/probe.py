"""Looks at an endpoint step by step: name, connection, proxy, TLS, key, model, answer, WebSocket.

Each step is timed alone and told as soon as it is known. What is sent is one list of models and one
request of at most 16 tokens, over the same code a session uses; key and prompt go where it would
send them, and nowhere else.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.probe import Check, ProbeReport, ProbeStep, StepOutcome
from spark_tui.core.endpoint.wire import (
    ChatMessage,
    Delta,
    Ended,
    Ending,
    EndpointProfile,
    FaultKind,
    FirstEvent,
    ModelRequest,
    RequestSent,
    Served,
    ServerTimings,
    Usage,
    WireEvent,
)
from spark_tui.core.remedy import Ways
from spark_tui.services.endpoint.capabilities import Memory
from spark_tui.services.endpoint.check.advice import PROXY_FIX, closest, fix_for
from spark_tui.services.endpoint.endpoint import ModelEndpoint
from spark_tui.services.endpoint.faults import faults
from spark_tui.services.endpoint.faults.faults import FaultError
from spark_tui.services.endpoint.limits import Retries, Timeouts
from spark_tui.services.endpoint.network import Network
from spark_tui.services.endpoint.simulated import started_server
from spark_tui.services.endpoint.transport.timings import CURRENT, SocketTimings

TOKENS = 16
"""The longest answer the test asks for: the least OpenAI takes as a limit."""

TIMEOUTS = Timeouts(connect=10.0, headers=20.0, first_output=30.0, stall=20.0, tick=0.25)
_REQUEST = ModelRequest("", (ChatMessage("user", "Answer with the word ok."),), TOKENS)
_KEY_FAULTS = (FaultKind.AUTH, FaultKind.FORBIDDEN)

_T = TypeVar("_T")


class EndpointProbe:
    """One look at one endpoint. `told` is called in the network thread with each check."""

    def __init__(
        self,
        profile: EndpointProfile,
        told: Callable[[Check], None] = lambda _: None,
        *,
        timeouts: Timeouts = TIMEOUTS,
        memory: Memory | None = None,
    ) -> None:
        self._profile = profile
        self._told = told
        self._timeouts = timeouts
        self._memory = memory
        self._network = Network()
        self._running: concurrent.futures.Future[ProbeReport] | None = None

    def run(self) -> ProbeReport:
        """Look, and wait for the end. A cancelled one reports what it had. Blocks.

        Raises SparkError where the simulated endpoint does not start.
        """
        server = None
        profile = self._profile
        if profile.simulated:
            server = started_server(profile)
            profile = replace(profile, base_url=f"http://127.0.0.1:{server.read_port()}/v1")
        walk = _Walk(profile, self._told, self._network, self._timeouts, self._memory)
        try:
            self._running = self._network.run(walk.whole())
            with contextlib.suppress(concurrent.futures.CancelledError):
                self._running.result()
            return walk.report()
        finally:
            self._network.close()
            if server is not None:
                server.stop()

    def cancel(self) -> None:
        """End it early. From any thread."""
        if self._running is not None:
            self._running.cancel()


class _SteppedEndpoint(ModelEndpoint):
    """An endpoint whose steps can be taken one by one; they run in the network thread."""

    def load(self) -> None:
        """Import what a call needs, so that it is not timed. Raises FaultError."""
        self._open()
        self._prepare("chat", ModelRequest("", (), 0), self._peer())

    async def list_models(self) -> tuple[int, list[str]]:
        """(ns the answer took, the ids it lists). Raises FaultError."""
        stamps = SocketTimings()
        token = CURRENT.set(stamps)
        try:
            listed = await self._models()
        finally:
            CURRENT.reset(token)
        return max(0, stamps.read_at - stamps.started), listed

    async def open_socket(self) -> None:
        """Open the WebSocket the next turn would use. Raises FaultError."""
        client = self._open()
        if client.proxied:
            raise FaultError(FaultKind.CONNECT, "not used through a proxy", code="upgrade")
        await self._socket_wire(client).warm(self._peer())

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        await self._shut_down()


class _Walk:
    """The steps in order; a needed one that fails ends the walk."""

    def __init__(
        self,
        profile: EndpointProfile,
        told: Callable[[Check], None],
        network: Network,
        timeouts: Timeouts,
        memory: Memory | None,
    ) -> None:
        self._profile = profile
        self._told = told
        self._timeouts = timeouts
        none = Retries(connect=0, server=0, limit=0, loading=0)
        self._endpoint = _SteppedEndpoint(
            profile, network, timeouts=timeouts, retries=none, memory=memory
        )
        self._host = self._endpoint.host
        self._checks: list[Check] = []
        self._listed: Sequence[str] = ()
        self._key_known = False
        self._model_known = False
        self._note = self._better = ""

    def report(self) -> ProbeReport:
        """What is known so far."""
        return ProbeReport(tuple(self._checks), self._endpoint.model, self._endpoint.wire)

    async def whole(self) -> ProbeReport:
        """Every step."""
        try:
            if await self._reach() and await self._key() and self._model():
                socket = await self._socket()
                await self._answer()
                if socket is not None and self._checks[-1].verdict is not StepOutcome.FAILED:
                    self._tell(socket)
        except FaultError as fault:
            self._failed(ProbeStep.FIRST, fault)
        except Exception as error:  # noqa: BLE001 - whatever a server sends is a finding, no crash
            name = type(error).__name__
            self._failed(
                ProbeStep.FIRST, faults.malformed(self._host, f"something unreadable ({name})")
            )
        finally:
            await self._endpoint.aclose()
        return self.report()

    # ------------------------------------------------------------------ up to the server

    async def _reach(self) -> bool:
        """Name, connection, proxy and TLS, on a connection of its own."""
        from spark_tui.services.endpoint.transport import connect, httpx_transport

        url = self._endpoint.base_url
        if not self._host or not url.startswith(("http://", "https://")):
            problem = FaultError(FaultKind.SETTINGS, f"{url!r} is no web address")
            return self._failed(ProbeStep.NAME, problem, fix=("base_url = http://HOST:PORT/v1",))
        parts = urlsplit(url)
        try:
            proxy = httpx_transport.proxy_for(url)
            context = await asyncio.to_thread(httpx_transport.tls_context, url)
        except ValueError as error:
            problem = FaultError(FaultKind.SETTINGS, str(error))
            return self._failed(ProbeStep.PROXY, problem, fix=("set HTTPS_PROXY=http://HOST:PORT",))
        port = parts.port or (443 if parts.scheme == "https" else 80)
        via = (proxy.url.host, proxy.url.port or 80) if proxy is not None else None
        host, gate = via or (parts.hostname or "", port)
        fix: Ways = (PROXY_FIX,) if via else ()
        looking = connect.resolve(host, gate)
        addresses = await self._step(ProbeStep.NAME, looking, _named(host), fix)
        if addresses is None:
            return False
        dialling = connect.race(addresses, gate)
        stream = await self._step(ProbeStep.CONNECT, dialling, lambda _: f"{host} port {gate}", fix)
        if stream is None:
            return False
        try:
            if proxy is None:
                self._tell(Check(ProbeStep.PROXY, StepOutcome.SKIPPED, detail="none"))
            elif context is None:
                self._tell(Check(ProbeStep.PROXY, StepOutcome.OK, detail=f"{host}:{gate}"))
            else:
                opened = httpx_transport.tunnel(stream, parts.hostname or "", port, proxy)
                if await self._step(ProbeStep.PROXY, opened, lambda _: f"{host}:{gate}") is None:
                    return False
            if context is None:
                self._tell(Check(ProbeStep.TLS, StepOutcome.SKIPPED, detail="plain http"))
                return True
            name = parts.hostname or ""
            secured = await self._step(ProbeStep.TLS, stream.start_tls(context, name), _certificate)
            if secured is not None:
                await secured.aclose()
            return secured is not None
        finally:
            stream.abort()

    # ------------------------------------------------------------------ what it says

    async def _key(self) -> bool:
        """The list of models, which most endpoints keep for known keys."""
        profile = self._profile
        if profile.need:
            missing = FaultError(FaultKind.AUTH, "none is set")
            return self._failed(ProbeStep.KEY, missing)
        self._endpoint.load()
        began = time.monotonic_ns()
        try:
            async with asyncio.timeout(self._timeouts.headers):
                took, self._listed = await self._endpoint.list_models()
        except TimeoutError:
            return self._failed(ProbeStep.KEY, self._slow(), since=began)
        except FaultError as fault:
            if fault.kind in _KEY_FAULTS:
                return self._failed(ProbeStep.KEY, fault, since=began)
            return True  # not every server lists its models: the answer will tell
        if not self._endpoint.provider.open_models:
            self._key_good(took)
        return True

    def _model(self) -> bool:
        endpoint, listed = self._endpoint, self._listed
        if not endpoint.model and endpoint.provider.needs_model:
            return self._failed(ProbeStep.MODEL, FaultError(FaultKind.SETTINGS, "none is set"))
        if not endpoint.model and not listed:
            return self._failed(ProbeStep.MODEL, FaultError(FaultKind.SETTINGS, "it lists none"))
        if not endpoint.model:
            endpoint.model, self._note = listed[0], ", the first it lists"
        if listed and endpoint.model not in listed:
            self._note = ", though it is not in its list"
            self._better = f"nearest in its list: {closest(endpoint.model, listed)}"
        elif listed and self._key_known:
            self._model_good()
        return True

    def _model_good(self) -> None:
        self._model_known = True
        shown = faults.safe_text(self._endpoint.model, limit=60)
        better = (self._better,) if self._better else ()
        self._tell(Check(ProbeStep.MODEL, StepOutcome.OK, detail=shown + self._note, fix=better))

    async def _socket(self) -> Check | None:
        """The WebSocket's own handshake, where turns would use one; told after the answer."""
        if self._endpoint.wire != "websocket":
            return Check(ProbeStep.WEBSOCKET, StepOutcome.SKIPPED, detail="not used here")
        began = time.monotonic_ns()
        try:
            async with asyncio.timeout(self._timeouts.connect):
                await self._endpoint.open_socket()
        except TimeoutError:
            fault = self._slow()
        except FaultError as failed:
            fault = failed
        else:
            return Check(ProbeStep.WEBSOCKET, StepOutcome.OK, time.monotonic_ns() - began)
        if fault.kind in _KEY_FAULTS:
            return None  # the request says the same, and better
        self._endpoint.wire = "responses"
        fix = fix_for(ProbeStep.WEBSOCKET, fault, self._profile)
        said = "not spoken here" if fault.code == "upgrade" else fault.message
        return Check(
            ProbeStep.WEBSOCKET, StepOutcome.FAILED, time.monotonic_ns() - began, said, fix
        )

    async def _answer(self) -> None:
        """One short request; what it says about key and model counts for those."""
        events: list[WireEvent] = []
        over = asyncio.get_running_loop().create_future()

        def sink(batch: Sequence[WireEvent]) -> None:
            events.extend(batch)
            if isinstance(batch[-1], Ended) and not over.done():
                over.set_result(batch[-1])

        call = self._endpoint.call(_REQUEST, sink)
        try:
            ended: Ended = await over
        finally:
            call.cancel()
        whole = ended.ending in (Ending.COMPLETE, Ending.LENGTH, Ending.FILTERED)
        fault = FaultError(ended.fault or FaultKind.SERVER, ended.message)
        if fault.kind in _KEY_FAULTS and not whole:
            self._failed(ProbeStep.KEY, fault)
            return
        if whole and not self._key_known:
            self._key_good(None)
        if not whole and fault.kind is FaultKind.NOT_FOUND and not self._model_known:
            self._failed(ProbeStep.MODEL, fault)
            return
        if whole and not self._model_known:
            self._model_good()
        if not whole:
            self._failed(ProbeStep.FIRST, fault)
            return
        took, text = _first(events)
        wire = {"chat": "Chat Completions", "websocket": "WebSocket"}
        said = [wire.get(self._endpoint.wire, "Responses"), self._told_figures(events)]
        said += [f"asked {e.asked}, served {e.tier}" for e in _other_lane(events)]
        if not text:
            said.append(f"no text in {TOKENS} tokens: it thinks first")
        moved = self._endpoint.moved
        if moved:
            said.append("found under /v1")
        fix: Ways = (
            (f"base_url = {faults.safe_text(self._endpoint.base_url, limit=100)}",) if moved else ()
        )
        self._tell(Check(ProbeStep.FIRST, StepOutcome.OK, took, ", ".join(said), fix))
        learnt = self._endpoint.learnt.said()
        if learnt:
            self._tell(Check(ProbeStep.LEARNT, StepOutcome.OK, detail=", ".join(learnt)))

    def _told_figures(self, events: Sequence[WireEvent]) -> str:
        """What the answer told of tokens and times, beside what this provider can tell."""
        provider = self._endpoint.provider
        if any(isinstance(e, Delta) and e.tokens for e in events):
            tokens = "tokens counted live"
        elif any(isinstance(e, Usage) for e in events):
            tokens = "tokens counted at the end"
        else:
            tokens = "tokens only estimated"
        if any(isinstance(e, ServerTimings) for e in events):
            return f"{tokens}, its own times"
        return f"{tokens}, no {provider.timings} of its times" if provider.timings else tokens

    # ------------------------------------------------------------------ telling

    async def _step(
        self, step: ProbeStep, work: Awaitable[_T], said: Callable[[_T], str], fix: Ways = ()
    ) -> _T | None:
        """Do one step and tell it; None where it failed."""
        began = time.monotonic_ns()
        try:
            async with asyncio.timeout(self._timeouts.connect):
                found = await work
        except TimeoutError:
            fault = self._slow()
        except FaultError as failed:
            fault = failed
        except Exception as error:  # noqa: BLE001 - whatever the network does is a finding
            fault = faults.from_exception(error, self._host)
        else:
            self._found(step, said(found), time.monotonic_ns() - began)
            return found
        self._failed(step, fault, since=began, fix=fix)
        return None

    def _found(self, step: ProbeStep, detail: str, took: int) -> None:
        if step is ProbeStep.NAME and not detail:
            self._tell(Check(step, StepOutcome.SKIPPED, detail="an address, nothing to look up"))
        else:
            self._tell(Check(step, StepOutcome.OK, took, detail))

    def _slow(self) -> FaultError:
        return FaultError(FaultKind.TIMEOUT, f"no answer from {self._host} in time")

    def _key_good(self, took: int | None) -> None:
        self._key_known = True
        profile = self._profile
        if profile.key:
            self._tell(
                Check(ProbeStep.KEY, StepOutcome.OK, took, f"from {profile.key_from or 'settings'}")
            )
        else:
            self._tell(Check(ProbeStep.KEY, StepOutcome.SKIPPED, detail="none set, none asked for"))

    def _failed(
        self, step: ProbeStep, fault: FaultError, *, since: int | None = None, fix: Ways = ()
    ) -> bool:
        """Tell a failure; always False."""
        took = None if since is None else time.monotonic_ns() - since
        what = faults.safe_text(fault.message, self._profile.key)
        remedies = fix or fix_for(step, fault, self._profile, self._listed)
        self._tell(Check(step, StepOutcome.FAILED, took, what, remedies))
        return False

    def _tell(self, check: Check) -> None:
        self._checks.append(check)
        self._told(check)


def _named(host: str) -> Callable[[list[str]], str]:
    def said(addresses: list[str]) -> str:
        if addresses == [host]:
            return ""
        more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
        return f"{host} is {addresses[0]}{more}"

    return said


def _certificate(stream: object) -> str:
    tls = stream.get_extra_info("ssl_object")  # type: ignore[attr-defined]
    until = tls.getpeercert().get("notAfter", "")
    return f"{tls.version()}, certificate until {until.removesuffix(' GMT')}"


def _other_lane(events: Sequence[WireEvent]) -> list[Served]:
    return [e for e in events if isinstance(e, Served) and e.other]


def _first(events: Sequence[WireEvent]) -> tuple[int | None, bool]:
    """(ns from the request to the first token, whether any text came)."""
    sent = next((e.started for e in events if isinstance(e, RequestSent)), None)
    text = next((e.at for e in events if isinstance(e, Delta)), None)
    first = text or next((e.at for e in events if isinstance(e, FirstEvent)), None)
    took = first - sent if first is not None and sent is not None else None
    return took, text is not None
