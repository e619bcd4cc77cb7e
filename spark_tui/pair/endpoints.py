"""The endpoints of a session: the one in use, switching, and setting one up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from spark_tui.core import prompts
from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.choices import (
    EndpointChoice,
    EndpointDraft,
    choice_of,
    drafted,
    label,
)
from spark_tui.core.endpoint.keyfile import FILE_NAME
from spark_tui.core.endpoint.probe import Check, ProbeStep
from spark_tui.core.endpoint.profiles import origin_of
from spark_tui.core.endpoint.wire import (
    EndpointProfile,
    EndpointState,
    ModelRequest,
    Need,
    Served,
    Source,
)
from spark_tui.core.errors import SparkError
from spark_tui.core.events import (
    EndpointLabel,
    EndpointSet,
    EndpointSetUp,
    EndpointTested,
    Event,
    Notice,
    OnWire,
    Severity,
)
from spark_tui.core.remedy import Remedy
from spark_tui.pair.emit import Emit
from spark_tui.pair.ports import Clock, Endpoint, EndpointSetup
from spark_tui.pair.request import CACHE_KEY, format_for


class Endpoints:
    """Owns the endpoint in use and knows the others, in the order they were given.

    Everything is called in the session's loop; what an endpoint tells comes from its own thread.
    `of_rival` says which events are about another endpoint than the one in use.
    """

    def __init__(
        self,
        profiles: Sequence[EndpointProfile],
        connect: Callable[[EndpointProfile], Endpoint],
        setup: EndpointSetup | None,
        clock: Clock,
        emit: Emit,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._profiles = list(profiles)
        self._connect = connect
        self._setup = setup
        self._clock = clock
        self._emit = emit
        self._spawn = spawn
        self._shipped = {p.name for p in profiles if p.source is Source.SHIPPED}
        self._previous = ""
        self._lanes: set[tuple[str, str]] = set()
        self.of_rival: Callable[[Event], bool] = lambda _: False
        self._setting: asyncio.Task[None] | None = None
        self._retired: list[Endpoint] = []
        self.looks: Callable[[], bool] = lambda: False
        self.profile = profiles[0]
        self.current = connect(self.profile)

    def start(self) -> None:
        """Connect ahead, and tell what becomes known of it. Call in the loop."""
        loop, endpoint = asyncio.get_running_loop(), self.current

        def told(state: EndpointState) -> None:
            with suppress(RuntimeError):  # the session has ended meanwhile
                loop.call_soon_threadsafe(self._known, endpoint, state)

        endpoint.watch(told)
        if not self.profile.need:
            endpoint.warm(self._opening(self.profile))

    def missing(self) -> str:
        """What the endpoint in use lacks, in words; "" when it can be asked."""
        lacks = {
            Need.KEY: "needs a key",
            Need.ADDRESS: "needs an address",
            Need.SIGN_IN: "needs a sign-in",
        }.get(self.profile.need)
        return f"{self.profile.name} {lacks}" if lacks else ""

    def labels(self) -> Sequence[EndpointLabel]:
        """Those that can be used, the one in use first."""
        rest = [p for p in self._profiles if p is not self.profile and self._choice(p).ready]
        return [label(p) for p in (self.profile, *rest)]

    def choices(self) -> Sequence[EndpointChoice]:
        """All of them, the simulated one first, then as they were given, shipped ones last."""

        def place(profile: EndpointProfile) -> int:
            return 0 if profile.simulated else 2 if profile.name in self._shipped else 1

        return [self._choice(p) for p in sorted(self._profiles, key=place)]

    def use(self, name: str) -> None:
        """Switch, from the next turn on. `name` is the endpoint's or the one on its label."""
        for profile in self._profiles:
            if name in (profile.name, label(profile).name):
                if profile.name != self.profile.name:
                    self._previous = self.profile.name
                self.profile = profile
                self._retired.append(self.current)  # an answer may still come from it
                self.current = self._connect(profile)
                self.start()
                self._emit(EndpointSet(self._clock(), label(profile)))
                return

    def rival(self) -> EndpointProfile | None:
        """Whom the one in use would race: the one used before, else the next that is ready."""
        at = self._profiles.index(self.profile)
        order = [*self._profiles[at + 1 :], *self._profiles[:at]]
        order.sort(key=lambda profile: profile.name != self._previous)
        return next((profile for profile in order if self._choice(profile).ready), None)

    def beside(self, profile: EndpointProfile) -> Endpoint:
        """Connect another one ahead, beside the one in use; `retire` it after use."""
        endpoint = self._connect(profile)
        endpoint.warm(self._opening(profile))
        return endpoint

    def _opening(self, profile: EndpointProfile) -> ModelRequest:
        """What the requests of all turns begin with there."""
        opening = prompts.opening(format_for(profile, profile.model), cache_key=CACHE_KEY)
        return prompts.with_looks(opening) if self.looks() else opening

    def retire(self, endpoint: Endpoint) -> None:
        """Nothing new is asked of it: closed before the next turn."""
        self._retired.append(endpoint)

    def handle(self, events: Sequence[Event]) -> None:
        """Say once for each endpoint that another lane served than was asked for."""
        for event in events:
            if not isinstance(event, OnWire) or self.of_rival(event):
                continue
            if isinstance(event.event, Served):
                self._served(event.event)

    def _served(self, lane: Served) -> None:
        name = self.profile.name
        if lane.other and (name, lane.tier) not in self._lanes:
            self._lanes.add((name, lane.tier))
            told = f"asked {name} for {lane.asked}, served {lane.tier}"
            self._emit(Notice(self._clock(), told, ("is it enabled for this account?",)))

    def set_up(self, draft: EndpointDraft) -> None:
        """Test what the draft describes; save and use it if it works."""
        self.stop_set_up()
        self._setting = self._spawn(self._set_up(draft))

    def sign_in(self, name: str) -> None:
        """Sign in for the endpoint of this name in the person's browser, then use it."""
        profile = next((p for p in self._profiles if p.name == name and p.sign_in), None)
        if profile is not None:
            self.stop_set_up()
            self._setting = self._spawn(self._sign_in(profile))

    async def _sign_in(self, profile: EndpointProfile) -> None:
        setup = self._setup
        if setup is None:
            return
        self._emit(Notice(self._clock(), "sign in in the browser", (Remedy.STOP_WAITING,)))
        try:
            who = await asyncio.to_thread(setup.sign_in)
        except SparkError as error:
            self._emit(Notice(self._clock(), error.what, error.remedies, Severity.ERROR))
        except asyncio.CancelledError:
            setup.stop()
            raise
        else:
            self._adopt(replace(profile, need=Need.NOTHING, key_from="your ChatGPT sign-in"))
            self._emit(Notice(self._clock(), f"signed in as {who}", (f"{profile.name} is in use",)))

    def stop_set_up(self) -> None:
        """End a test that runs."""
        if self._setting is not None:
            self._setting.cancel()
            self._setting = None

    def settle(self) -> None:
        """No answer is under way: close those that are not used any more."""
        retired, self._retired = self._retired, []
        for endpoint in retired:
            endpoint.close()

    def close(self) -> None:
        """Close the one in use, and those before it."""
        self.stop_set_up()
        self.settle()
        self.current.close()

    def _choice(self, profile: EndpointProfile) -> EndpointChoice:
        return choice_of(
            profile,
            in_use=profile.name == self.profile.name,
            previous=profile.name == self._previous,
        )

    def _known(self, endpoint: Endpoint, state: EndpointState) -> None:
        if endpoint is self.current:
            self._emit(EndpointSet(self._clock(), label(self.profile, state)))

    async def _set_up(self, draft: EndpointDraft) -> None:
        setup, loop = self._setup, asyncio.get_running_loop()
        if setup is None:
            return
        known = next((p for p in self._profiles if p.name == draft.name), None)
        this = asyncio.current_task()

        def told(check: Check) -> None:
            with suppress(RuntimeError):  # the session has ended meanwhile
                loop.call_soon_threadsafe(step, check)

        def step(check: Check) -> None:
            if self._setting is this:
                self._emit(EndpointTested(self._clock(), check))

        name = draft.name
        try:
            profile = drafted(draft, known)
            name = profile.name
            report = await asyncio.to_thread(setup.look, profile, told)
            problem = report.problem
            if not report.works:
                what = f"{problem.step}: {problem.detail}" if problem else "it did not answer"
                # What to do about a key is said by the form it was typed into.
                fix = problem.fix if problem and problem.step is not ProbeStep.KEY else ()
                self._emit(EndpointSetUp(self._clock(), name, "", what, fix))
                return
            key = profile.key if draft.key.strip() else ""
            table = profile.source is Source.SAVED and not _as_shipped(profile, known)
            saved = await asyncio.to_thread(setup.save, profile, key, table=table)
        except SparkError as error:
            self._emit(EndpointSetUp(self._clock(), name, "", error.what, error.remedies))
        except asyncio.CancelledError:
            setup.stop()
            raise
        else:
            self._adopt(profile)
            self._emit(EndpointSetUp(self._clock(), name, saved))

    def _adopt(self, profile: EndpointProfile) -> None:
        """Use it from now on; its key serves the others at its origin too."""
        origin = origin_of(profile.base_url)
        kept = [profile if p.name == profile.name else p for p in self._profiles]
        if profile not in kept:
            kept.append(profile)
        if profile.key:
            kept = [
                replace(p, key=profile.key, key_from=FILE_NAME, need=Need.NOTHING)
                if origin_of(p.base_url) == origin and p is not profile and not p.sign_in
                else p
                for p in kept
            ]
        self._profiles = kept
        self.use(profile.name)


def _as_shipped(profile: EndpointProfile, known: EndpointProfile | None) -> bool:
    """Whether nothing but a key is new to an endpoint that is known without any file."""
    return (
        known is not None
        and known.source is Source.SHIPPED
        and (profile.base_url, profile.model) == (known.base_url, known.model)
    )
