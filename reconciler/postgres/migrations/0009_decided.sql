-- How many decisions of the app there were when those about the plans of a run had been read: by their number, for a
-- clock may go back. Of a run from before this column all of them are read again.
ALTER TABLE fleet_run ADD COLUMN decided bigint NOT NULL DEFAULT 0;
