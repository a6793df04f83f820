import { APPEND_ONLY, appendOnlyFor } from './append-only.ts'
import { quotedName, quotedText } from './names.ts'

type Names = {
  /** The role that migrates. */
  owner: string
  /** The role that serves. */
  runtime: string
  schema: string
}

const ROWS = 'select, insert, update, delete'

/**
 * Returns SQL that creates both roles if they are missing, and may run again. The owner gets a schema to migrate, and
 * no right to the rest of the database. The runtime role gets the rows in that schema and nothing else, also those of
 * later tables; of the audit trail it may only add and read them, also while this runs a statement at a time.
 */
export function grants({ owner, runtime, schema }: Names): string {
  const [ownerName, runtimeName, schemaName] = [owner, runtime, schema].map(quotedName)
  return `${block(`  if not exists (select from pg_roles where rolname = ${quotedText(owner)}) then
    create role ${ownerName} login;
  end if;
  if not exists (select from pg_roles where rolname = ${quotedText(runtime)}) then
    create role ${runtimeName} login;
  end if;
  -- Only a member may act for a role. A superuser need not be one, and whoever may not become one may be one already.
  if current_user <> ${quotedText(owner)} and not (select rolsuper from pg_roles where rolname = current_user) then
    begin
      grant ${ownerName} to current_user;
    exception when insufficient_privilege then null;
    end;
  end if;
  execute format('grant connect on database %I to %I, %I', current_database(), ${quotedText(owner)}, ${quotedText(runtime)});`)}

create schema if not exists ${schemaName} authorization ${ownerName};
alter schema ${schemaName} owner to ${ownerName};
grant usage on schema ${schemaName} to ${runtimeName};
alter default privileges for role ${ownerName} in schema ${schemaName} grant ${ROWS} on tables to ${runtimeName};

-- To the audit trail rows are only added. Before the first migration there is none, and that one does the same. One
-- statement gives and takes, so that nobody has the right in between.
${block(`  grant ${ROWS} on all tables in schema ${schemaName} to ${runtimeName};
  if to_regclass(${quotedText(`${schemaName}.${APPEND_ONLY}`)}) is not null then
    ${appendOnlyFor(`${runtimeName}`, schema)};
  end if;`)}`
}

/** Returns a block of PL/pgSQL between marks that no name in it can end. */
function block(body: string): string {
  let mark = '$$'
  for (let count = 1; body.includes(mark); count++) mark = `$block${count}$`
  return `do ${mark}\nbegin\n${body}\nend\n${mark};`
}
