-- F2: what marketplaces tell moves an order's version on, often, and but for the carrier no plan is made from it. It is
-- counted, so that a plan can tell whether its order is still what it was. A constant default touches no row.

-- How many of the version's moves were such news.
ALTER TABLE orders ADD COLUMN IF NOT EXISTS news integer NOT NULL DEFAULT 0;
