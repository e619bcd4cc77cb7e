"""The `openai` SDK as the sender of an endpoint's requests, on connections of ours.

For whoever answers only to the SDK, or counts by its headers: `client = "sdk"`. Its import takes
most of a second, so it is done for the first request of such an endpoint, in the network thread.
What it sends otherwise is what `wires.http` sends.
"""

# ruff: noqa: E402 - the switch has to be set before the import it is for
from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import Any

import httpx2

_modules: dict[str, Any] = sys.modules
_modules.setdefault("openai._vendor.httpx_aiohttp", None)
"""Its optional aiohttp transport is never used here, and costs a fifth of the import."""

from openai import APIStatusError, AsyncOpenAI, AsyncStream, Omit, OpenAIError


class SdkSender:
    """Sends with the SDK through `http`; headers that are `hidden` are never added by it."""

    def __init__(
        self,
        key: str,
        address: str,
        query: Mapping[str, str],
        http: httpx2.AsyncClient,
        hidden: Collection[str],
    ) -> None:
        self._hidden = {name: Omit() for name in hidden}
        self._sdk = AsyncOpenAI(
            api_key=key or "none",
            admin_api_key="",
            base_url=address,
            default_query=dict(query),
            max_retries=0,
            http_client=http,
        )

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None
    ) -> httpx2.Response:
        """The response with its body unread, whatever its status. Raises HTTPError, OSError."""
        own: dict[str, Any] = {**self._hidden, "Authorization": Omit(), **_titled(headers)}
        response: Any
        try:
            if method == "GET":
                response = await self._sdk.get(
                    path, cast_to=httpx2.Response, options={"headers": own}
                )
            else:
                response = await self._sdk.post(
                    path,
                    cast_to=httpx2.Response,
                    content=content,
                    options={"headers": own},
                    stream=True,
                    stream_cls=AsyncStream[Any],
                )
        except APIStatusError as error:
            response = error.response
        except OpenAIError as error:
            cause = error.__cause__
            if isinstance(cause, httpx2.HTTPError | OSError):
                raise cause from None
            raise httpx2.TransportError(str(error)) from None
        made: httpx2.Response = response
        return made


def _titled(headers: Mapping[str, str]) -> dict[str, str]:
    """The SDK tells headers apart by how they are written."""
    return {"-".join(part.title() for part in name.split("-")): headers[name] for name in headers}
