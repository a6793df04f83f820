-- What limits and invitations need. Only additions, which older versions do not see.
CREATE TABLE "edge_auth"."invitations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email_key" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "edge_auth"."rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"tat" timestamp with time zone NOT NULL,
	"purge_on" date NOT NULL
);
--> statement-breakpoint
CREATE INDEX "invitations_expires_at" ON "edge_auth"."invitations" USING btree ("expires_at" ASC);--> statement-breakpoint
CREATE INDEX "rate_limits_purge_on" ON "edge_auth"."rate_limits" USING btree ("purge_on" ASC);
