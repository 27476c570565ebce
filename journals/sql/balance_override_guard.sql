-- A balance is marked as out of range by a posting that was permitted to leave it there, and by nothing else.
CREATE FUNCTION journals_balance_override_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM journals_posting p JOIN books_event e ON e.entity_id = p.entity_id AND e.sequence = p.event_sequence
        WHERE p.account_id = NEW.account_id AND p.account_version > OLD.version AND p.account_version <= NEW.version
          AND e.data::jsonb ? 'override_limits')
    THEN
        RAISE EXCEPTION 'no journal was permitted to leave this balance out of its range'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_overridden_by_journal';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER balance_override_guard AFTER UPDATE OF overridden ON accounts_balance
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.overridden AND NOT OLD.overridden) EXECUTE FUNCTION journals_balance_override_guard();
-- back --
DROP TRIGGER balance_override_guard ON accounts_balance;
DROP FUNCTION journals_balance_override_guard();
