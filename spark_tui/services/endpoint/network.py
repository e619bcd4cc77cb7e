"""The one thread that talks to the network, with an event loop of its own.

A slow painter must not move a stamp: sockets are read, stamped, split and parsed here, whatever
the interface's loop is doing.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

SWITCH_INTERVAL_S = 0.0005
"""How long another thread may keep the interpreter while this one has bytes to stamp."""


class Network:
    """A daemon thread running an asyncio loop, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop. Raises RuntimeError once closed."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the network is closed")
            if self._loop is None:
                sys.setswitchinterval(SWITCH_INTERVAL_S)
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._run, name="network", daemon=True)
                self._thread.start()
            return self._loop

    def post(self, action: Callable[[], object]) -> None:
        """Run `action` in the network thread soon. Safe from any thread; ignored once closed."""
        try:
            self.loop().call_soon_threadsafe(action)
        except RuntimeError:
            return

    def run(self, work: Coroutine[Any, Any, Any]) -> concurrent.futures.Future[Any]:
        """Run a coroutine in the network thread; its result can be waited for elsewhere."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop())
        except RuntimeError:
            work.close()
            raise

    def keep(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task and hold on to it until it is done. Only in the network thread."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def close(self, timeout_s: float = 0.25) -> None:
        """End every task and the thread. Safe to call twice; not from the network thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout_s)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    def _run(self) -> None:
        loop = self._loop
        if loop is None:
            return
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            # Cancelled work may leave sockets to be closed behind it: that is waited for as well.
            for _ in range(3):
                if left:
                    loop.run_until_complete(asyncio.wait(left, timeout=0.5))
                left = asyncio.all_tasks(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            loop.close()
