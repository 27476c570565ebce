-- The first day on which an account of income or expense has moved.
CREATE FUNCTION periods_first_result(of_entity uuid) RETURNS date
LANGUAGE sql STABLE SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT min(d.effective_date)
    FROM accounts_account a CROSS JOIN LATERAL (
        SELECT effective_date FROM journals_daytotal WHERE account_id = a.id ORDER BY effective_date LIMIT 1
    ) d
    WHERE a.entity_id = of_entity AND a.type IN ('income', 'expense') AND NOT a.is_header
$$;
-- back --
DROP FUNCTION periods_first_result(uuid);
