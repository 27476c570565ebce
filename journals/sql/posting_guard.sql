-- Lines come before their journal (its foreign key is deferred), so lines for a journal that is already there are
-- lines added to history.
CREATE FUNCTION journals_posting_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(array_agg(DISTINCT entity_id)) FROM new_rows HAVING count(*) > 0;
    -- LATERAL with a LIMIT, because a plain join is planned as a merge with all journals while the tables are young.
    IF EXISTS (
        SELECT 1 FROM new_rows n
        CROSS JOIN LATERAL (SELECT 1 FROM journals_journal j WHERE j.id = n.journal_id LIMIT 1) AS there
    ) THEN
        RAISE EXCEPTION 'lines cannot be added to a journal that is in the books'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'posting_into_existing_journal';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER posting_guard AFTER INSERT ON journals_posting
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION journals_posting_guard();
-- back --
DROP TRIGGER posting_guard ON journals_posting;
DROP FUNCTION journals_posting_guard();
