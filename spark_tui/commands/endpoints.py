"""Endpoints as commands connect them: with their keys or sign-in, and what was learnt of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from spark_tui.core.dataclass import replace
from spark_tui.core.endpoint.wire import EndpointProfile, Need
from spark_tui.services import places
from spark_tui.services.credentials import with_keyring

if TYPE_CHECKING:
    from spark_tui.pair.ports import Endpoint

SIGNED_IN = "your ChatGPT sign-in"
"""Where the key of such an endpoint comes from, in words."""


def connector(state: Path | None = None) -> Callable[[EndpointProfile], Endpoint]:
    """What makes an endpoint of a profile; `state` is the folder of what was learnt."""
    from spark_tui.services.endpoint import connect, remembered

    memory = remembered(state or places.state_dir())

    @cache
    def fresh() -> Callable[[], str]:  # what signs in is heavy, and few endpoints need it
        from spark_tui.services.signin import SignIn

        return SignIn(places.config_dir()).key

    def connected(profile: EndpointProfile) -> Endpoint:
        known = with_keyring(profile)
        return connect(known, memory, fresh() if known.sign_in else None)

    return connected


def with_sign_in(profile: EndpointProfile) -> EndpointProfile:
    """`profile` with what is known of its sign-in, if it has one; no token is read."""
    if not profile.sign_in:
        return profile
    from spark_tui.services.signin import SignIn

    if not SignIn(places.config_dir()).account():
        return replace(profile, need=Need.SIGN_IN, key_from="")
    return replace(profile, need=Need.NOTHING, key_from=SIGNED_IN)


def with_key(profile: EndpointProfile) -> EndpointProfile:
    """`profile` with its key as of now, to look at it step by step. May block.

    Raises SettingsError where a sign-in can't be renewed.
    """
    profile = with_keyring(profile)
    if not profile.sign_in or profile.need:
        return profile
    from spark_tui.services.signin import SignIn

    return replace(profile, key=SignIn(places.config_dir()).key())
