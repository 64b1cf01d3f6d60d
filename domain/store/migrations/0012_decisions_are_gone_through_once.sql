-- F1: the decisions of a run are gone through once, when they are old enough to be forgotten: runs themselves are
-- kept, and each hour there are more of them. A column without a default is added without touching a row.

-- When those decisions were forgotten that newer runs had superseded; null: not yet.
ALTER TABLE processor_runs ADD COLUMN IF NOT EXISTS decisions_expired_at timestamptz;
