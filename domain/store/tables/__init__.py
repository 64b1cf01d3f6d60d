"""The tables as Tortoise models, a module per noun.

The migrations are SQL, because Tortoise has no composite keys; a test compares every model with the
database. `primary_key` names what is unique within a client (and pool or run): rows are always found
by `client_id` as well.
"""

from pkgutil import iter_modules

MODULES = [f"{__name__}.{module.name}" for module in iter_modules(__path__)]
"""Where Tortoise finds the models: every module of this package."""
