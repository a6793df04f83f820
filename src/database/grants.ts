import { quotedName } from './names.ts'

type Names = {
  /** The role that migrates. */
  owner: string
  /** The role that serves. */
  runtime: string
  schema: string
}

/** The SQL that makes both roles. */
export function roles({ owner, runtime }: Names): string {
  return `create role ${quotedName(owner)} login;
create role ${quotedName(runtime)} login;`
}

/**
 * The SQL that gives one role a schema to migrate, without a right to the rest of the database, and another the rows in it
 * and nothing else, those of tables to come included. May be run again.
 */
export function rights(names: Names): string {
  const [owner, runtime, schema] = [names.owner, names.runtime, names.schema].map(quotedName)
  const verbs = 'select, insert, update, delete'
  return `grant ${owner} to current_user;
create schema if not exists ${schema} authorization ${owner};
grant usage on schema ${schema} to ${runtime};
grant ${verbs} on all tables in schema ${schema} to ${runtime};
alter default privileges for role ${owner} in schema ${schema} grant ${verbs} on tables to ${runtime};`
}
