"""PostgreSQL: the only place with SQL, mostly a module per noun.

database.py opens connections and transactions, locks.py has the order of locks, reads/ is for views, tables/
says what there is, and migrations/ make it.
"""
