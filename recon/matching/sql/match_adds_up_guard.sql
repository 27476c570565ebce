-- A match begins as confirmed, and what the bank's items come to less what ours do is its residual. Its items are written
-- after it, so it is looked at when the transaction commits. One that was taken back has no active item.
CREATE FUNCTION matching_match_adds_up_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.status <> 'confirmed' THEN
        RAISE EXCEPTION 'a match begins as confirmed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'match_begins_confirmed';
    END IF;
    SELECT count(*) AS items, count(*) FILTER (WHERE i.is_active) AS active,
           coalesce(sum(CASE i.side WHEN 'bank' THEN i.amount ELSE -i.amount END), 0) AS residual
    INTO found FROM matching_matchitem i WHERE i.match_id = NEW.id;
    IF found.items < 2 OR found.residual <> NEW.residual THEN
        RAISE EXCEPTION 'the items of a match do not come to its residual'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'match_adds_up';
    END IF;
    IF TG_OP = 'UPDATE' AND found.active > 0 THEN
        RAISE EXCEPTION 'a match that was taken back has active items'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'match_items_end_with_it';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER match_adds_up_guard AFTER INSERT OR UPDATE ON matching_match
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION matching_match_adds_up_guard();
-- back --
DROP TRIGGER match_adds_up_guard ON matching_match;
DROP FUNCTION matching_match_adds_up_guard();
