"""Simulated endpoints inside the test process: many of them, cheap, on real sockets."""

from __future__ import annotations

import asyncio
import ssl
import threading

from aiohttp import web

from spark_tui.simulator.server import Simulator
from spark_tui.simulator.settings import SimSettings


class Farm:
    """Simulators in a thread of their own, one port each, in one event loop."""

    def __init__(self) -> None:
        self.open: set[asyncio.BaseTransport] = set()
        self._loop = asyncio.new_event_loop()
        self._runners: list[web.AppRunner] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(
        self, settings: SimSettings, tls: ssl.SSLContext | None = None
    ) -> tuple[Simulator, int]:
        made = Simulator(settings)
        port = asyncio.run_coroutine_threadsafe(self._start(made, tls), self._loop).result(10)
        return made, port

    async def _start(self, made: Simulator, tls: ssl.SSLContext | None) -> int:
        runner = web.AppRunner(made.app(), shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        port: int = runner.addresses[0][1]
        return port

    def connections(self) -> int:
        """How many connections the servers still hold."""
        servers = [runner.server for runner in self._runners]
        return sum(len(one.connections) for one in servers if one is not None)

    def stop(self) -> None:
        async def clean() -> None:
            for runner in self._runners:
                await runner.cleanup()

        asyncio.run_coroutine_threadsafe(clean(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
