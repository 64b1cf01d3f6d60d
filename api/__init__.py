"""The door for other programs and for people: GraphQL over HTTP, WebSocket and server-sent events.

app.py puts it together. transport/ takes requests, execution/ carries operations out, schema.py is made of
types/, queries/, mutations/ and subscriptions/, and realtime/ brings events to subscribers.
"""
