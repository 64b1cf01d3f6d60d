-- F2, F3: what is too large for a request is applied by a run of the pool, exactly or not at all. Columns
-- without a default are added without touching a row.

-- What the run is to apply; null of runs that decide by themselves.
ALTER TABLE processor_runs ADD COLUMN IF NOT EXISTS plan_id bigint, ADD COLUMN IF NOT EXISTS reallocation_id bigint;
-- The run that applies it, or was to; null of what was applied in its request.
ALTER TABLE reallocation_plans ADD COLUMN IF NOT EXISTS run_id bigint;
