-- F6: an edit of what a client has set up takes the version that its author has seen. A version is the number
-- of the client's edit that made it, counted in `edits`: what is deleted and made anew never has one again.

ALTER TABLE client_settings ADD COLUMN edits integer NOT NULL DEFAULT 1;
ALTER TABLE shipment_policies ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE hold_rules ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE back_order_caps ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE email_templates ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE processor_schedules ADD COLUMN version integer NOT NULL DEFAULT 1;
