-- A proposal has its event.
CREATE CONSTRAINT TRIGGER proposal_has_event AFTER INSERT ON approvals_proposal
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^proposal[.]made$', 'event_sequence', 'id');
-- back --
DROP TRIGGER proposal_has_event ON approvals_proposal;
