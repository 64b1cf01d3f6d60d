-- Whoever types a number begins with what all numbers begin with. Then every order matches, and a page of them is found
-- sooner along the list than by looking every match up. Whether they are many is seen in two indexes, as the owner, for
-- the reason that is told of orders_beginning_with.
CREATE OR REPLACE FUNCTION is_common_beginning(text, integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
    SELECT count(*) > $2 FROM (
        (SELECT id FROM orders
         WHERE client_id = nullif(current_setting('backfill.client_id', true), '')::bigint
           AND lower(number) COLLATE "C" >= lower($1) COLLATE "C"
           AND lower(number) COLLATE "C" < (lower($1) || chr(1114111)) COLLATE "C"
         LIMIT $2 + 1)
        UNION ALL
        (SELECT id FROM orders
         WHERE client_id = nullif(current_setting('backfill.client_id', true), '')::bigint
           AND lower(marketplace_invoice_number) COLLATE "C" >= lower($1) COLLATE "C"
           AND lower(marketplace_invoice_number) COLLATE "C" < (lower($1) || chr(1114111)) COLLATE "C"
         LIMIT $2 + 1)
    ) AS found;
END;
COMMENT ON FUNCTION is_common_beginning IS
    'Whether about so many, or more, of the served client''s orders are orders_beginning_with the text.';

REVOKE EXECUTE ON FUNCTION is_common_beginning FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_common_beginning TO backfill_client;
