"""An endpoint as values: what it is, how it is chosen and set up, what it sends. Pure.

choices      The rows of the endpoint list, and what setting one up takes
keyfile      What setting up an endpoint from the screen leaves behind, as the text of `keys.toml`
probe        What looking at an endpoint step by step finds: values, and nothing of the key
profiles     `[endpoints.NAME]` tables: read, laid over each other, resolved to a profile
rate_limits  What a provider's rate limits leave: header values in, a forecast out
signin       Signing in with a ChatGPT plan: OAuth 2.0 with PKCE, addresses and replies
wire         What an endpoint sends and is sent, whatever the wire: events, usage, profile, request
"""
