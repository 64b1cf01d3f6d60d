-- F6: connections of stores and assignments of e-mail templates have versions, as other settings do (0005).

ALTER TABLE store_connections ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE email_assignments ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
