-- What roles, profiles and the audit trail need. Only additions, which older versions do not see.
CREATE TABLE "edge_auth"."audit_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"event" text NOT NULL,
	"outcome" text NOT NULL,
	"actor_id" uuid,
	"subject_id" uuid,
	"session_id" uuid,
	"ip" text,
	"request_id" text,
	"details" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "edge_auth"."roles" (
	"name" text PRIMARY KEY NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"permissions" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "roles_name_form" CHECK ("edge_auth"."roles"."name" ~ '^[a-z][a-z0-9_.-]{0,31}$')
);
--> statement-breakpoint
CREATE TABLE "edge_auth"."user_roles" (
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"granted_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_roles_user_id_role_pk" PRIMARY KEY("user_id","role")
);
--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "display_name" text;--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "locale" text;--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "avatar_url" text;--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "user_data" json;--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "app_data" json;--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "version" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "edge_auth"."users" ADD COLUMN "access_version" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "edge_auth"."user_roles" ADD CONSTRAINT "user_roles_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "edge_auth"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "edge_auth"."user_roles" ADD CONSTRAINT "user_roles_role_roles_name_fk" FOREIGN KEY ("role") REFERENCES "edge_auth"."roles"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_subject_id" ON "edge_auth"."audit_events" USING btree ("subject_id" ASC,"id" ASC);--> statement-breakpoint
CREATE INDEX "audit_events_actor_id" ON "edge_auth"."audit_events" USING btree ("actor_id" ASC,"id" ASC);--> statement-breakpoint
CREATE INDEX "audit_events_event" ON "edge_auth"."audit_events" USING btree ("event" ASC,"id" ASC);--> statement-breakpoint
CREATE INDEX "user_roles_role" ON "edge_auth"."user_roles" USING btree ("role" ASC,"user_id" ASC);--> statement-breakpoint
INSERT INTO "edge_auth"."roles" ("name", "description", "permissions") VALUES
	('admin', 'May do everything here.', '{auth:users:read,auth:users:create,auth:users:update,auth:users:verify,auth:users:disable,auth:users:reset_password,auth:users:delete,auth:sessions:read,auth:sessions:end,auth:roles:read,auth:roles:write,auth:roles:grant,auth:invitations:read,auth:invitations:write,auth:audit:read,auth:settings:read}'),
	('user', 'What every account may do.', '{}');--> statement-breakpoint
-- Only old rows, whoever calls it: the role that serves has no right to delete others, and cleanup runs as that role.
-- Postgres resolves the names in such a body when it is made, so that the function survives a new name of its schema.
CREATE FUNCTION "edge_auth"."purge_audit_events" ("older_than_days" integer, "most" integer) RETURNS bigint
	LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp STRICT
	BEGIN ATOMIC
		WITH "useless" AS (
			SELECT "id" FROM "edge_auth"."audit_events"
			WHERE "id" < (lpad(to_hex((extract(epoch from now() - greatest("older_than_days", 30) * interval '1 day') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
			ORDER BY "id" LIMIT "most" FOR UPDATE SKIP LOCKED
		), "removed" AS (
			DELETE FROM "edge_auth"."audit_events" WHERE "id" IN (SELECT "id" FROM "useless") RETURNING "id"
		)
		SELECT count(*) FROM "removed";
	END;
