import type { MigrationExecutor } from '../index.ts'
import { RELATIONS } from './catalogue.ts'
import { quotedName, quotedText } from './names.ts'

/** The table to which rows are only added. Cleanup removes old ones by a function of the table's owner. */
export const APPEND_ONLY = 'audit_events'

/** A trigger would run as the owner when cleanup's function deletes. */
const CHANGES = ['update', 'delete', 'truncate', 'references', 'trigger'] as const
const RIGHTS = CHANGES.map((right) => quotedText(right.toUpperCase())).join(', ')

/** Returns the statement that takes from a role, by its quoted name, whatever could change or remove the rows. */
export function appendOnlyFor(role: string, schema: string): string {
  return `revoke ${CHANGES.join(', ')} on ${quotedName(schema)}.${quotedName(APPEND_ONLY)} from ${role} cascade`
}

/**
 * Returns the statements that take from every role but the owner what could change or remove the rows. Default privileges
 * may have given it to them. There are none where nobody has it, or where the caller does not act for the owner.
 */
export async function appendOnlyForAll({ schema, column }: MigrationExecutor): Promise<string[]> {
  const roles = await column(`
    select distinct case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end
    from ${RELATIONS}
      cross join lateral (
        select acl.* from aclexplode(relacl) as acl
        union all select acl.* from pg_catalog.pg_attribute cross join aclexplode(attacl) as acl where attrelid = pg_class.oid
      ) as granted
    where nspname = ${quotedText(schema)} and relname = ${quotedText(APPEND_ONLY)} and relkind in ('r', 'p')
      and grantee <> relowner and privilege_type in (${RIGHTS}) and pg_has_role(relowner, 'usage')`)
  return roles.map((role) => appendOnlyFor(String(role), schema))
}
