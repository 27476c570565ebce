-- Parents lead upwards and end: a circle of them has no top, and what goes up in it never comes to an end. Under
-- the entity's lock, because two changes that are fine alone can make a circle together.
CREATE FUNCTION accounts_account_parent_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    IF EXISTS (
        WITH RECURSIVE above (id) AS (
            SELECT NEW.parent_id
            UNION SELECT a.parent_id FROM accounts_account a JOIN above ON a.id = above.id WHERE a.parent_id IS NOT NULL
        )
        SELECT FROM above WHERE above.id = NEW.id
    ) THEN
        RAISE EXCEPTION 'an account cannot be its own ancestor'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_parents_in_no_circle';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER account_parent_guard AFTER INSERT OR UPDATE OF parent_id ON accounts_account
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION accounts_account_parent_guard();
-- back --
DROP TRIGGER account_parent_guard ON accounts_account;
DROP FUNCTION accounts_account_parent_guard();
