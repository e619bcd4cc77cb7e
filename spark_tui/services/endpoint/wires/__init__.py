"""How requests are written and answers read: Responses, Chat Completions, WebSocket."""
