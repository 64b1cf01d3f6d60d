-- Row-level security: who works for one client sees and writes no row of another, whatever a statement says.
--
-- Programs log in as the owner of the tables, to whom policies don't apply, and take the role
-- backfill_client, to whom they do, for everything that is about one client (store/lending.py). A process
-- of an older release never takes it and notices nothing.

-- A role belongs to all databases of a server, so another one may have made it, or be making it now.
DO $$
DECLARE
    may_take boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backfill_client') THEN
        BEGIN
            CREATE ROLE backfill_client NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'The database user % may not create roles.', current_user
                    USING ERRCODE = 'insufficient_privilege', HINT = format(
                        'Let an administrator run: CREATE ROLE backfill_client NOLOGIN; '
                        'GRANT backfill_client TO %I; and migrate again.', current_user);
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'backfill_client' AND (rolbypassrls OR rolsuper)) THEN
        RAISE EXCEPTION 'The role backfill_client is not subject to row-level security.'
            USING ERRCODE = 'insufficient_privilege',
                HINT = 'Let an administrator run: ALTER ROLE backfill_client NOSUPERUSER NOBYPASSRLS; '
                       'and migrate again.';
    END IF;
    -- Who has made a role does not thereby get to take it.
    may_take := pg_has_role(current_user, 'backfill_client',
        CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END);
    IF NOT may_take THEN
        BEGIN
            EXECUTE format('GRANT backfill_client TO %I', current_user);
        EXCEPTION
            WHEN unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'The database user % may not take the role backfill_client.', current_user
                    USING ERRCODE = 'insufficient_privilege', HINT = format(
                        'Let an administrator run: GRANT backfill_client TO %I; and migrate again.',
                        current_user);
        END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO backfill_client', current_schema());
END $$;

CREATE OR REPLACE FUNCTION keep_to_client(name regclass, of_client name DEFAULT 'client_id') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    -- Null, and so no row, while nobody is served. A subquery is evaluated once per statement.
    is_served text := format(
        '%I = (SELECT nullif(current_setting(%L, true), %L)::bigint)', of_client, 'backfill.client_id', '');
    numbering regclass;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('DROP POLICY IF EXISTS of_the_client ON %s', name);
    EXECUTE format('CREATE POLICY of_the_client ON %s TO backfill_client USING (%s) WITH CHECK (%s)',
        name, is_served, is_served);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO backfill_client', name);
    FOR numbering IN
        SELECT objid::regclass FROM pg_depend JOIN pg_class ON pg_class.oid = objid
        WHERE refobjid = name AND classid = 'pg_class'::regclass AND relkind = 'S'
    LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %s TO backfill_client', numbering);
    END LOOP;
END $$;
COMMENT ON FUNCTION keep_to_client IS
    'Shows a table''s rows to whoever works for their client only: to be called for every table with client_id.';

-- lower() is not said to be leakproof, so under a policy PostgreSQL would try it on every order of the client
-- rather than look it up in an index. These look it up, as the owner, for whoever is served and nobody else;
-- their bodies are bound to their tables here, whatever search path they are called with.
CREATE OR REPLACE FUNCTION orders_beginning_with(text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
BEGIN ATOMIC
    SELECT id FROM orders
    WHERE client_id = nullif(current_setting('backfill.client_id', true), '')::bigint
      AND ((lower(number) COLLATE "C" >= lower($1) COLLATE "C"
            AND lower(number) COLLATE "C" < (lower($1) || chr(1114111)) COLLATE "C")
           OR (lower(marketplace_invoice_number) COLLATE "C" >= lower($1) COLLATE "C"
               AND lower(marketplace_invoice_number) COLLATE "C" < (lower($1) || chr(1114111)) COLLATE "C"));
END;
COMMENT ON FUNCTION orders_beginning_with IS
    'The served client''s orders whose number or marketplace invoice number begins so, whatever its case.';

CREATE OR REPLACE FUNCTION orders_invoiced_as(text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
BEGIN ATOMIC
    SELECT id FROM orders
    WHERE client_id = nullif(current_setting('backfill.client_id', true), '')::bigint
      AND ((lower(marketplace_invoice_number) COLLATE "C" = lower($1) COLLATE "C"
            AND marketplace_invoice_number = $1) OR invoice_code = $1);
END;
COMMENT ON FUNCTION orders_invoiced_as IS
    'The served client''s orders with this invoice code or marketplace invoice number.';

REVOKE EXECUTE ON FUNCTION orders_beginning_with, orders_invoiced_as, keep_to_client FROM PUBLIC;
GRANT EXECUTE ON FUNCTION orders_beginning_with, orders_invoiced_as TO backfill_client;
