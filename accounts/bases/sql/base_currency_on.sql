-- The base currency of a set of books on a day: the one they began in, or the one that they have changed to by then.
CREATE FUNCTION bases_currency_on(of_entity uuid, on_day date) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(
        (SELECT b.currency FROM bases_basechange b
         WHERE b.entity_id = of_entity AND b.starts_on <= on_day ORDER BY b.starts_on DESC LIMIT 1),
        (SELECT e.base_currency FROM books_entity e WHERE e.id = of_entity))::text
$$;
-- back --
DROP FUNCTION bases_currency_on(uuid, date);
