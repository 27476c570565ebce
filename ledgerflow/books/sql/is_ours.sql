-- Whether a row that is seen was written by this transaction, its savepoints included: what is seen and still in progress
-- is ours. `written_by` is the row's xmin, 32 bits of the transaction's number, which are completed from our own.
CREATE FUNCTION books_is_ours(written_by xid) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pg_xact_status((own + ((written_by::text::bigint - own + 2147483648) & 4294967295) - 2147483648)::text::xid8)
           = 'in progress'
    FROM (SELECT pg_current_xact_id()::text::bigint) AS current (own)
$$;
-- back --
DROP FUNCTION books_is_ours(xid);
