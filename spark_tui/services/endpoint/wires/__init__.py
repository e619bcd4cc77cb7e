"""How requests are written and answers read: Responses, Chat Completions, WebSocket.

call            One request under way: batches of events out, cancel in, and the clocks that end it
chat            Chat Completions: the request body, and the reader of its chunks
content_parts   What a piece of an answer holds: plain text, or parts of many types
continuation    What a server remembers on one WebSocket, and what is left to send
finish_reasons  What a provider's reason for the end of an answer means
http            One HTTP exchange: what the `openai` SDK would send, read as raw bytes
looks_in_words  Looks where no tools are taken: asked for in lines, shown as the next message
model_list      What a server lists at `/models`: ids, and how many tokens each model reads at once
operations      Tool calls of the Responses wire as one readable patch text
reader          What the wires share: turning one payload after another into wire events
replayed_items  Answers as the provider wrote them, to tell a conversation back
request_fields  What a profile adds to a request's fields and leaves out
responses       The Responses API: request body, reader of its events, HTTP and WebSocket
sse             Server-sent events, cut out of bytes as they arrive
steering        Steering: a running answer is told something and is followed by another one
usage           Token counts as providers write them, checked against each other
websocket       The Responses API over one WebSocket that stays open between turns
"""
