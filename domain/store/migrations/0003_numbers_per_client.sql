-- Dispatches and Backorders were numbered by their ids, which all clients share: whoever saw two numbers knew
-- how much others had done in between. Now each pool numbers its own, D<place>-<serial>, where `place` is the
-- pool's among those of its client. Two pools of a client need no common lock for that.

ALTER TABLE stock_pools
    ADD COLUMN place integer CHECK (place > 0),
    ADD COLUMN dispatches_numbered bigint NOT NULL DEFAULT 0,
    ADD COLUMN backorders_numbered bigint NOT NULL DEFAULT 0;

-- What has a number keeps it: a letter and the id.
ALTER TABLE dispatches ALTER COLUMN number DROP EXPRESSION;
ALTER TABLE backorders ALTER COLUMN number DROP EXPRESSION;

-- Programs of the release before, which may still be running, leave the number to the database.
CREATE FUNCTION number_by_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.number := TG_ARGV[0] || NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER dispatches_number BEFORE INSERT ON dispatches
    FOR EACH ROW WHEN (NEW.number IS NULL) EXECUTE FUNCTION number_by_id('D');
CREATE TRIGGER backorders_number BEFORE INSERT ON backorders
    FOR EACH ROW WHEN (NEW.number IS NULL) EXECUTE FUNCTION number_by_id('B');
