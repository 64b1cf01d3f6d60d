"""The door for what happens by itself: workers take jobs from arq's queues, each of which is only a hint.

worker.py puts it together, functions.py says what is done when a job comes, schedule.py is the tick.
"""
