-- A posting that an exception is about is there; postings never go.
ALTER TABLE cases_reconexception ADD CONSTRAINT recon_exception_of_our_posting
    FOREIGN KEY (account_id, account_version) REFERENCES journals_posting (account_id, account_version);
-- back --
ALTER TABLE cases_reconexception DROP CONSTRAINT recon_exception_of_our_posting;
