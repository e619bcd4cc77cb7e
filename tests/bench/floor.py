"""The least a Python client can do, to compare with: `python -I -S floor.py PORT`.

A prompt, one request over a plain socket, the deltas written as they come. No wrapping, no
colours, no history.
"""

import json
import os
import socket
import sys
import termios
import tty


def answer(connection: socket.socket, port: int, text: str) -> None:
    """One streamed turn."""
    body = json.dumps({"model": "simulated", "stream": True, "input": text}).encode()
    head = f"POST /v1/responses HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    rest = b""
    while b"event: response.completed" not in rest:
        rest += connection.recv(65536)
        *events, rest = rest.split(b"\n\n")
        for event in events:
            data = event.partition(b"data: ")[2]
            if b"output_text.delta" in data:
                os.write(1, json.loads(data)["delta"].replace("\n", "\r\n").encode())
            elif b'"response.completed"' in data:
                return


def main() -> None:
    """Read lines, answer them."""
    port = int(sys.argv[1])
    before = termios.tcgetattr(0)
    tty.setraw(0)
    os.write(1, b"say what to change ")
    connection: socket.socket | None = None
    line = b""
    try:
        while keys := os.read(0, 1024):
            for key in keys:
                if key in (3, 4):
                    return
                if key == 0x7F:
                    line = line[:-1]
                    os.write(1, b"\b \b")
                elif key != 13:
                    line += bytes([key])
                    os.write(1, line[-1:])
                else:
                    os.write(1, b"\r\n")
                    if connection is None:
                        connection = socket.create_connection(("127.0.0.1", port))
                        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    answer(connection, port, line.decode())
                    os.write(1, b"\r\nsay what to change ")
                    line = b""
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


main()
