-- A journal of a revaluation belongs to a run of its books and day, or else anybody could date one into a day that is
-- closing by calling it a revaluation. The run comes after its journals, so it is looked for at commit.
CREATE FUNCTION fx_revaluation_journal_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM revaluation_revaluationline l JOIN revaluation_revaluation r ON r.id = l.run_id
        WHERE l.journal_id = NEW.id AND r.entity_id = NEW.entity_id AND r.day = NEW.effective_date)
    THEN
        RAISE 'Journal % is of no revaluation of these books on that day.', NEW.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_revaluation_of_run';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER fx_revaluation_journal_guard AFTER INSERT ON journals_journal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'fx_revaluation')
EXECUTE FUNCTION fx_revaluation_journal_guard();
-- back --
DROP TRIGGER fx_revaluation_journal_guard ON journals_journal;
DROP FUNCTION fx_revaluation_journal_guard();
