"""The built pages for people: the board, the scanner and GraphiQL."""
