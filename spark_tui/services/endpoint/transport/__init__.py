"""Connections below the wires: addresses, sockets, TLS, proxies, each stamped.

chunked               The chunked transfer coding, cut out of bytes as they arrive
connect               Getting connected: the name lookup and a race of its addresses, both timed
connection_state      Whether an endpoint is warm, and whom to tell when what is known of it changes
httpx_transport       The HTTP library's transport over our sockets, through the environment's proxy
sdk                   The `openai` SDK as the sender of an endpoint's requests, where it is wanted
sockets               A connection that stamps each read the moment the event loop has its bytes
timings               Stamps where bytes cross the socket, in nanoseconds of `time.monotonic_ns`
websocket_connection  One WebSocket connection over our stamped sockets
"""
