-- A key is made and revoked by an event of that moment.
CREATE FUNCTION access_api_key_has_event() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM books_event e
        WHERE e.entity_id = NEW.entity_id AND e.subject = NEW.id::text
          AND (e.type, e.recorded_at) = (CASE TG_OP WHEN 'INSERT' THEN 'api_key.created' ELSE 'api_key.revoked' END,
                                         CASE TG_OP WHEN 'INSERT' THEN NEW.created_at ELSE NEW.revoked_at END))
    THEN
        RAISE EXCEPTION 'no event tells that an API key was made or revoked then'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'api_key_has_event';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER api_key_has_event AFTER INSERT OR UPDATE OF revoked_at ON access_apikey
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION access_api_key_has_event();
-- back --
DROP TRIGGER api_key_has_event ON access_apikey;
DROP FUNCTION access_api_key_has_event();
