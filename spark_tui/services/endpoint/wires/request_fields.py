"""Request fields: what a profile adds and leaves out. What servers refuse: `capabilities`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spark_tui.core.endpoint.wire import EndpointProfile
from spark_tui.services.endpoint.capabilities import without


def predicts(profile: EndpointProfile) -> bool:
    """Whether predicted output may go along: `predicted_outputs = false` turns it off."""
    return dict(profile.options).get("predicted_outputs", "true") != "false"


def finish(body: dict[str, Any], profile: EndpointProfile, never: Iterable[str]) -> None:
    """Add what the profile sends as it is; take out what it and its provider never send."""
    _lay(body, profile.send)
    left = body
    for name in {*never, *profile.never}:
        left = without(left, name)
    if left is not body:
        body.clear()
        body.update(left)


def _lay(body: dict[str, Any], send: Mapping[str, Any]) -> None:
    for name, value in send.items():
        here = body.get(name)
        if isinstance(here, dict) and isinstance(value, Mapping):
            body[name] = here = dict(here)
            _lay(here, value)
        else:
            body[name] = value
