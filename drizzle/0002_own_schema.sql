-- Moves the tables of 0.1.0 into a schema of our own, with their rows, indexes, rights and foreign keys; only the catalogue
-- is touched. In a new database they are there already, and nothing happens (src/database/migrate.ts).
ALTER TABLE "users" SET SCHEMA "edge_auth";--> statement-breakpoint
ALTER TABLE "credentials" SET SCHEMA "edge_auth";--> statement-breakpoint
ALTER TABLE "sessions" SET SCHEMA "edge_auth";
