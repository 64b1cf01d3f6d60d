"""The `backfill` command: main.py lists the commands, program.py is what every one starts with."""
