-- Says of an index that is scanned by range what Postgres takes for granted: where the first column of an index is hashed
-- unless told otherwise, every purge would read the whole table.
CREATE INDEX "sessions_purge_on_range" ON "sessions" USING btree ("purge_on" ASC);--> statement-breakpoint
DROP INDEX "sessions_purge_on";--> statement-breakpoint
ALTER INDEX "sessions_purge_on_range" RENAME TO "sessions_purge_on";
