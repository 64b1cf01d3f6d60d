-- A table at a time, each in a transaction of its own and with little patience: whoever uses the tables
-- meanwhile waits for half a second at most. It may be stopped, and begun again.
DO $$
DECLARE
    scoped record;
BEGIN
    FOR scoped IN
        SELECT attrelid::regclass AS name, attname AS of_client
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
          AND (attname = 'client_id' OR (relname, attname) = ('clients', 'id'))
        ORDER BY relname
    LOOP
        <<attempts>> LOOP
            BEGIN
                PERFORM set_config('lock_timeout', '500ms', true);
                PERFORM keep_to_client(scoped.name, scoped.of_client);
                EXIT attempts;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                RAISE NOTICE '% is in use; trying again', scoped.name;
            END;
            PERFORM pg_sleep(0.5);
        END LOOP;
        COMMIT;
    END LOOP;

    -- A client is made and named by whoever runs the installation, and what is append-only stays so.
    REVOKE INSERT, UPDATE, DELETE ON clients FROM backfill_client;
    REVOKE UPDATE, DELETE ON audit_entries, stock_movements, event_outbox FROM backfill_client;
    REVOKE INSERT, UPDATE, DELETE ON event_log FROM backfill_client;

    -- The same for all clients. What is shared may be read and locked, which takes the right to update, but no
    -- row that is written passes.
    GRANT SELECT ON shared_schedules, event_position TO backfill_client;
    GRANT UPDATE ON shared_schedules TO backfill_client;
    ALTER TABLE shared_schedules ENABLE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS of_all_clients ON shared_schedules;
    CREATE POLICY of_all_clients ON shared_schedules TO backfill_client USING (true) WITH CHECK (false);
END $$;
