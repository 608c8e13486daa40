"""The API: what other systems may ask and order, as JSON, with a token and nothing else.

`app.Api` is all of it; nothing of that is loaded before somebody asks.
"""

BELOW = "/v1"
"""Where its addresses begin."""
