"""What several use cases do alike, each inside of the transaction that the use case has opened.

A step trusts that what it changes is locked. It knows no use case, and nobody but use cases comes here: the
linter sees to both.
"""
