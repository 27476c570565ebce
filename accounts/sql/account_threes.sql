-- Three characters at a time of a code and a name, in upper case: whoever looks for a part of them reads the accounts that
-- have all of its threes, and not a million. PostgreSQL's pg_trgm would do it, and is not on every server.
CREATE FUNCTION accounts_threes(code text, name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    told text := upper(rtrim(code || ' ' || name));
    threes text[] := '{}';
BEGIN
    FOR place IN 1 .. length(told) - 2 LOOP
        threes := threes || substr(told, place, 3);
    END LOOP;
    RETURN threes;
END
$$;
-- back --
DROP FUNCTION accounts_threes(text, text);
