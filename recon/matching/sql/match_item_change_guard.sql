-- An item ends with its match, and nothing else of it ever changes.
CREATE FUNCTION matching_match_item_change_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an item of a match is not deleted'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'match_item_is_kept';
    END IF;
    IF to_jsonb(NEW) - 'is_active' <> to_jsonb(OLD) - 'is_active' OR NEW.is_active OR NOT OLD.is_active
       OR NOT EXISTS (SELECT FROM matching_match m WHERE m.id = NEW.match_id AND m.status = 'unmatched') THEN
        RAISE EXCEPTION 'an item ends with its match, and nothing else of it changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'match_item_only_ends';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER match_item_change_guard BEFORE UPDATE OR DELETE ON matching_matchitem
FOR EACH ROW EXECUTE FUNCTION matching_match_item_change_guard();
-- back --
DROP TRIGGER match_item_change_guard ON matching_matchitem;
DROP FUNCTION matching_match_item_change_guard();
