"""PostgreSQL and Redis for a machine that has neither: found, started, shared and stopped by ourselves."""
