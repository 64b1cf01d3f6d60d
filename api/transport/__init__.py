"""How GraphQL reaches the schema: over HTTP, as server-sent events, and over WebSocket."""
