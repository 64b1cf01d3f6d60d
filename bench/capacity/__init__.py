"""The capacity model: what a unit of each kind of work costs, and what a mix of them will."""
