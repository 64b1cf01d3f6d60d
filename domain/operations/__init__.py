"""Use cases: whatever can be done, in a file of its own, or with what else is done to the same thing.

A use case opens its transactions itself. Most do so by `perform` in command.py, which answers a repeated
request as the first time (answers.py) and writes audit entries and events; what a worker has on lease
(leasing.py) commits part by part. What several use cases do alike is in steps/.
"""
