-- The most that is allocated of an item on any date: what was undone counts for the dates between. Each item is looked up by
-- itself: of a join over many, the planner of a young table reads all.
CREATE FUNCTION open_items_most_allocated(of_account uuid, of_version bigint) RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
    WITH allocated AS (
        SELECT id, amount, allocated_on FROM open_items_allocation
        WHERE account_id = of_account AND debit_version = of_version
        UNION ALL
        SELECT id, amount, allocated_on FROM open_items_allocation
        WHERE account_id = of_account AND credit_version = of_version
    ), moves AS (
        SELECT allocated_on AS day, amount FROM allocated
        UNION ALL
        SELECT u.undone_on, -a.amount FROM allocated a JOIN open_items_allocationundo u ON u.allocation_id = a.id
    )
    SELECT max(running.amount)
    FROM (SELECT sum(sum(amount)) OVER (ORDER BY day) AS amount FROM moves GROUP BY day) running
$$;
-- back --
DROP FUNCTION open_items_most_allocated(uuid, bigint);
