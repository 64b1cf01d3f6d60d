-- F8, F10: what a scanner recorded offline happened before it is applied, and a count tells of then. Columns without a
-- default are added without touching a row.

-- When goods came or left, where that is earlier than the entry; null: then.
ALTER TABLE stock_movements ADD COLUMN IF NOT EXISTS happened_at timestamptz;

-- Of which moment the latest count was; null: it was never counted.
ALTER TABLE stock_levels ADD COLUMN IF NOT EXISTS counted_at timestamptz;
