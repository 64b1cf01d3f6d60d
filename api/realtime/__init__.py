"""From the stream of events to subscribers: one feed a process, groups that share the work, sockets (F5)."""
