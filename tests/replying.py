"""A server on loopback that answers every request with one text, and keeps what was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Replying:
    """Speaks the Responses API: `text` is the next answer, `bodies` are the requests so far."""

    def __init__(self) -> None:
        self.text = ""
        self.bodies: list[dict[str, Any]] = []
        kept = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                kept.bodies.append(json.loads(self.rfile.read(size)))
                data = kept.stream()
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                data = b'{"object": "list", "data": [{"id": "m", "object": "model"}]}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stream(self) -> bytes:
        response = {"id": "r1", "object": "response", "model": "m", "output": []}
        usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": response | {"status": "in_progress"}},
            {"type": "response.output_text.delta", "item_id": "i", "delta": self.text},
            {
                "type": "response.completed",
                "response": response | {"status": "completed", "usage": usage},
            },
        ]
        lines = (f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
        return "".join(lines).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
