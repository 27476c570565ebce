-- Of a key only its last use changes, and once, for good, the moment it was revoked. Nothing else: a wider scope, another
-- entity or another owner would be another key, and its event would tell of the one that was.
CREATE FUNCTION access_api_key_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an API key is revoked, never deleted'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'api_key_is_kept';
    END IF;
    IF to_jsonb(NEW) - '{last_used_at,revoked_at}'::text[] IS DISTINCT FROM
       to_jsonb(OLD) - '{last_used_at,revoked_at}'::text[] THEN
        RAISE EXCEPTION 'what an API key opens, and for whom, is fixed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'api_key_identity_is_fixed';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE EXCEPTION 'an API key that was revoked stays so'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'api_key_stays_revoked';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER api_key_guard BEFORE UPDATE OR DELETE ON access_apikey
FOR EACH ROW EXECUTE FUNCTION access_api_key_guard();
-- back --
DROP TRIGGER api_key_guard ON access_apikey;
DROP FUNCTION access_api_key_guard();
