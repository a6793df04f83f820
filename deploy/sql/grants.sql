-- Run this in the database, as a superuser, or as its owner if that one may make roles (CREATEROLE).
-- It may be run again, before the first migration and after any. Roles that it makes have no password yet:
--   alter role … password '…';
--
-- edge_auth_owner migrates (npm run db:migrate): the schema is its own, and all that it makes in it.
-- edge_auth_runtime serves: it may change rows of these tables, and nothing else. To the audit trail it may only add.
-- Where another role has migrated until now, that one has to go on: npm run -s db:grants -- --owner THAT_ROLE

do $$
begin
  if not exists (select from pg_roles where rolname = 'edge_auth_owner') then
    create role "edge_auth_owner" login;
  end if;
  if not exists (select from pg_roles where rolname = 'edge_auth_runtime') then
    create role "edge_auth_runtime" login;
  end if;
  -- Only a member may act for a role. A superuser need not be one, and whoever may not become one may be one already.
  if current_user <> 'edge_auth_owner' and not (select rolsuper from pg_roles where rolname = current_user) then
    begin
      grant "edge_auth_owner" to current_user;
    exception when insufficient_privilege then null;
    end;
  end if;
  execute format('grant connect on database %I to %I, %I', current_database(), 'edge_auth_owner', 'edge_auth_runtime');
end
$$;

create schema if not exists "edge_auth" authorization "edge_auth_owner";
alter schema "edge_auth" owner to "edge_auth_owner";
grant usage on schema "edge_auth" to "edge_auth_runtime";
alter default privileges for role "edge_auth_owner" in schema "edge_auth" grant select, insert, update, delete on tables to "edge_auth_runtime";

-- To the audit trail rows are only added. Before the first migration there is none, and that one does the same. One
-- statement gives and takes, so that nobody has the right in between.
do $$
begin
  grant select, insert, update, delete on all tables in schema "edge_auth" to "edge_auth_runtime";
  if to_regclass('"edge_auth".audit_events') is not null then
    revoke update, delete, truncate, references, trigger on "edge_auth"."audit_events" from "edge_auth_runtime" cascade;
  end if;
end
$$;
