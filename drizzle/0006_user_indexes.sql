-- What lists of users are read by. Apart from what alters the table, for building an index holds up writes alone; an
-- altered table could not even be read meanwhile.
CREATE INDEX "users_username_prefix" ON "edge_auth"."users" USING btree ("username_key" collate "C" ASC,"id" ASC);--> statement-breakpoint
CREATE INDEX "users_email_prefix" ON "edge_auth"."users" USING btree ("email_key" collate "C" ASC,"id" ASC);--> statement-breakpoint
CREATE INDEX "users_disabled" ON "edge_auth"."users" USING btree ("id" ASC) WHERE "edge_auth"."users"."disabled_at" is not null;
