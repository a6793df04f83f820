-- What mail needs: one-time tokens, the outbox, and when an address was verified. Only additions, which 0.1.0 does not see.
CREATE TABLE "edge_auth"."one_time_tokens" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"slot" text DEFAULT '' NOT NULL,
	"email" text NOT NULL,
	"email_key" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "one_time_tokens_slot" UNIQUE("user_id","purpose","slot")
);
--> statement-breakpoint
CREATE TABLE "edge_auth"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"mail" text,
	"recipient" text NOT NULL,
	"language" text NOT NULL,
	"data" jsonb NOT NULL,
	"user_id" uuid,
	"token_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "email_verified_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "edge_auth"."one_time_tokens" ADD CONSTRAINT "one_time_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "edge_auth"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "one_time_tokens_expires_at" ON "edge_auth"."one_time_tokens" USING btree ("expires_at" ASC);--> statement-breakpoint
CREATE INDEX "one_time_tokens_kept_email" ON "edge_auth"."one_time_tokens" USING btree ("email_key") WHERE "purpose" = 'undo_email_change';--> statement-breakpoint
CREATE INDEX "outbox_due_at" ON "edge_auth"."outbox" USING btree ("due_at" ASC) WHERE "sent_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_sent_at" ON "edge_auth"."outbox" USING btree ("sent_at" ASC) WHERE "sent_at" is not null;