"""Reading: one statement per level of an answer, with only the columns that were asked for."""
