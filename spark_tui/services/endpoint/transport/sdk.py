"""The `openai` SDK, imported without its optional aiohttp transport.

That transport is loaded wherever aiohttp is installed, is never used here, and costs a fifth of the
import time and 9 MB. Import the SDK from here, in the network thread.
"""

# ruff: noqa: E402 - the switch has to be set before the import it is for
from __future__ import annotations

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
_modules.setdefault("openai._vendor.httpx_aiohttp", None)

from openai import (
    APIStatusError,
    AsyncOpenAI,
    AsyncStream,
    DefaultAsyncHttpxClient,
    Omit,
    OpenAIError,
)

__all__ = [
    "APIStatusError",
    "AsyncOpenAI",
    "AsyncStream",
    "DefaultAsyncHttpxClient",
    "Omit",
    "OpenAIError",
]
