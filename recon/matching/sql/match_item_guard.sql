-- Items come with their match, in one transaction, and say what the line or the posting says that they stand for: its
-- day and its amount, in the match's own books. A line that was undone or split is in no match.
-- Without scans of whole tables: those of a young table look cheap to the planner, and then it is no longer young.
CREATE FUNCTION matching_match_item_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY(SELECT DISTINCT n.entity_id FROM new_items n));
    IF EXISTS (SELECT FROM new_items n LEFT JOIN matching_match m
                   ON m.id = n.match_id AND m.bank_account_id = n.bank_account_id AND m.entity_id = n.entity_id
                      AND m.status = 'confirmed' AND books_is_ours(m.xmin)
               WHERE m.id IS NULL OR NOT n.is_active) THEN
        RAISE EXCEPTION 'items come with their match'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'match_item_with_its_match';
    END IF;
    IF EXISTS (SELECT FROM new_items n LEFT JOIN statements_statementline l
                   ON l.id = n.line_id AND l.bank_account_id = n.bank_account_id AND l.entity_id = n.entity_id
                      AND l.booking_date = n.day AND l.amount = n.amount AND NOT l.is_undone AND NOT l.is_split
               WHERE n.side = 'bank' AND l.id IS NULL) THEN
        RAISE EXCEPTION 'an item is not what its line of the bank says'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'match_item_says_its_line';
    END IF;
    IF EXISTS (SELECT FROM new_items n
                   LEFT JOIN statements_bankaccount b ON b.id = n.bank_account_id AND b.account_id = n.account_id
                   LEFT JOIN journals_posting p
                       ON p.account_id = b.account_id AND p.account_version = n.account_version
                          AND p.entity_id = n.entity_id AND p.effective_date = n.day AND p.amount = n.amount
               WHERE n.side = 'books' AND p.journal_id IS NULL) THEN
        RAISE EXCEPTION 'an item is not what its posting says'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'match_item_says_its_posting';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER match_item_guard AFTER INSERT ON matching_matchitem
REFERENCING NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION matching_match_item_guard();
-- back --
DROP TRIGGER match_item_guard ON matching_matchitem;
DROP FUNCTION matching_match_item_guard();
