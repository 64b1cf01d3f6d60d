"""Mutations, one file per noun: input becomes plain structs, one use case is called, its answer a payload."""
