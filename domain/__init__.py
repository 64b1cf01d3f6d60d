"""What Backfill is about, whoever asks: it knows nothing of GraphQL, HTTP, jobs or Redis.

rules/ decide; store/ has the tables, locks and statements; operations/ change things and views/ read them.
"""
