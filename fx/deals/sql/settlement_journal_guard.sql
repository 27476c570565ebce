-- A journal of a settlement belongs to one of its books. The settlement comes after its journals, so it is looked for at
-- commit.
CREATE FUNCTION fx_settlement_journal_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM deals_settlement s WHERE s.sell_journal_id = NEW.id AND s.entity_id = NEW.entity_id)
       AND NOT EXISTS (SELECT FROM deals_settlement s WHERE s.buy_journal_id = NEW.id AND s.entity_id = NEW.entity_id)
    THEN
        RAISE 'Journal % is of no settlement of these books.', NEW.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_settlement_of_journal';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER fx_settlement_journal_guard AFTER INSERT ON journals_journal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'fx_settlement')
EXECUTE FUNCTION fx_settlement_journal_guard();
-- back --
DROP TRIGGER fx_settlement_journal_guard ON journals_journal;
DROP FUNCTION fx_settlement_journal_guard();
