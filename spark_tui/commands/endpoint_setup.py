"""Setting up an endpoint from the screen: tested as `doctor` does it, kept if it works."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from spark_tui.core.endpoint.probe import Check, ProbeReport
from spark_tui.core.endpoint.profiles import EndpointSettings
from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.core.errors import SettingsError

if TYPE_CHECKING:
    from spark_tui.services.endpoint.check.probe import EndpointProbe
    from spark_tui.services.signin import SignIn


class Setup:
    """Fits `EndpointSetup`. Nothing is imported before the first test."""

    def __init__(self) -> None:
        self._probe: EndpointProbe | None = None
        self._signing: SignIn | None = None

    def look(self, profile: EndpointProfile, told: Callable[[Check], None]) -> ProbeReport:
        """See `EndpointSetup.look`."""
        from spark_tui.commands.endpoints import with_key
        from spark_tui.services import places
        from spark_tui.services.endpoint import remembered
        from spark_tui.services.endpoint.check.probe import EndpointProbe

        memory = remembered(places.state_dir())
        self._probe = probe = EndpointProbe(with_key(profile), told, memory=memory)
        return probe.run()

    def stop(self) -> None:
        """See `EndpointSetup.stop`."""
        if self._probe is not None:
            self._probe.cancel()
        if self._signing is not None:
            self._signing.stop()

    def sign_in(self) -> str:
        """See `EndpointSetup.sign_in`."""
        from spark_tui.services import places
        from spark_tui.services.browser import open_page
        from spark_tui.services.signin import SignIn

        self._signing = SignIn(places.config_dir())

        def show(url: str) -> None:
            if not open_page(url):
                raise SettingsError("no browser opened", "spark-tui login prints the page")

        return self._signing.sign_in(show)

    def save(self, profile: EndpointProfile, key: str, *, table: bool) -> str:
        """See `EndpointSetup.save`."""
        from spark_tui.services import credentials, places

        kept = EndpointSettings(profile.name, profile.base_url, profile.model) if table else None
        folder = places.config_dir()
        return credentials.save(folder, profile.name, profile.base_url, key, kept)
