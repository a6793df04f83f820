import { and, eq, exists, isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { MAX_ROLES } from '../../../core/access/permissions.ts'
import { rolePermissions } from '../../../core/access/role-steps.ts'
import { actorFound, covers } from '../../../core/access/steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import type { Database } from '../../../database/index.ts'
import { instant } from '../../../database/instants.ts'
import { literal } from '../../../database/params.ts'
import { read } from '../../../database/read.ts'
import { roles } from '../../../models/index.ts'

/** A list of permissions as one text, which is how parameters and answers hold it. No permission has a space in it. */
const listOf = (permissions: SQL) => sql`string_to_array(${permissions}, ' ')`
const textOf = (permissions: typeof roles.permissions) =>
  sql<string>`array_to_string(${permissions}, ' ')`

const columns = () => ({
  name: roles.name,
  description: roles.description,
  permissions: textOf(roles.permissions).as('permissions_text'),
  createdAt: instant(roles.createdAt).as('created_at'),
  updatedAt: instant(roles.updatedAt).as('updated_at'),
})

/** Selects a role, or all. */
export const selectRoles = read({
  name: 'select_roles',
  params: { role: 'text?' },
  find: (db, p) =>
    db
      .select(columns())
      .from(roles)
      .where(or(isNull(p.role), eq(roles.name, p.role))),
  order: ({ name }) => [sql`${name}`],
})

const PARAMS = { sessionId: 'uuid', userId: 'uuid', role: 'text' } as const

/** What the steps that write a role return. */
const WRITTEN = {
  name: roles.name,
  description: roles.description,
  permissions: textOf(roles.permissions).as('written_permissions'),
  createdAt: roles.createdAt,
  updatedAt: roles.updatedAt,
}

/** Inserts a role, with permissions that the actor has. */
export const insertRole = stateChange({
  name: 'insert_role',
  params: { ...PARAMS, description: 'text', permissions: 'text' },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:roles:write')
    const wanted = db.$with('wanted_role').as(
      db
        .select({
          isCovered: covers(actor, sql`select unnest(${listOf(p.permissions)})`).as('is_covered'),
          hasRoom: sql<boolean>`(select count(*) from ${roles}) < ${literal(MAX_ROLES)}`.as(
            'has_room',
          ),
        })
        .from(actor),
    )
    const created = db.$with('created').as(
      db
        .insert(roles)
        .select(
          db
            .select({
              name: p.role.as('name'),
              description: p.description.as('description'),
              permissions: listOf(p.permissions).as('permissions'),
              createdAt: sql`now()`.as('created_at'),
              updatedAt: sql`now()`.as('updated_at'),
            })
            .from(wanted)
            .where(sql`${wanted.isCovered} and ${wanted.hasRoom}`),
        )
        .onConflictDoNothing()
        .returning(WRITTEN),
    )
    return {
      steps: [actor, wanted, created],
      records: {
        ...{ event: 'role_created', of: created, subject: null },
        ...{ actor: p.userId, session: p.sessionId },
        details: { role: created.name, permissions: created.permissions },
      },
      answers: {
        from: [actor, wanted, created],
        columns: {
          ...{ actorId: actor.userId, isCovered: wanted.isCovered, hasRoom: wanted.hasRoom },
          ...written(created),
        },
      },
    }
  },
})

/** Finds a role to write to. What decides is asked again of the row that is changed, for it can be newer. */
function writtenRole(db: Database, actor: ReturnType<typeof actorFound>, name: SQL) {
  return db.$with('role').as(
    db
      .select({
        name: roles.name,
        permissions: textOf(roles.permissions).as('former_permissions'),
        isCovered: covers(actor, rolePermissions()).as('is_covered'),
      })
      .from(roles)
      .where(and(eq(roles.name, name), exists(sql`(select from ${actor})`))),
  )
}

/** Changes a role, if the actor has all its permissions, those before and those after. */
export const updateRole = stateChange({
  name: 'update_role',
  params: { ...PARAMS, description: 'text?', permissions: 'text?' },
  change(db, p) {
    const actor = actorFound(db, p, 'auth:roles:write')
    const role = writtenRole(db, actor, p.role)
    const mayGive = covers(actor, sql`select unnest(${listOf(p.permissions)})`)
    const changed = db.$with('changed').as(
      db
        .update(roles)
        .set({
          description: sql`coalesce(${p.description}, ${roles.description})`,
          permissions: sql`coalesce(${listOf(p.permissions)}, ${roles.permissions})`,
          updatedAt: sql`now()`,
        })
        .where(
          and(
            eq(roles.name, sql`(select ${role.name} from ${role})`),
            covers(actor, rolePermissions()),
            mayGive,
          ),
        )
        .returning(WRITTEN),
    )
    return {
      steps: [actor, role, changed],
      records: {
        ...{ event: 'role_changed', of: changed, subject: null },
        ...{ actor: p.userId, session: p.sessionId },
        details: {
          role: changed.name,
          permissions: changed.permissions,
          before: sql`(select ${role.permissions} from ${role})`,
        },
      },
      answers: {
        from: [actor, role, changed],
        columns: {
          ...{ actorId: actor.userId, foundName: role.name },
          ...{ isCovered: role.isCovered, mayGive },
          ...written(changed),
        },
      },
    }
  },
})

/** Deletes a role, which nobody has any more, if the actor has all its permissions. */
export const deleteRole = stateChange({
  name: 'delete_role',
  params: PARAMS,
  change(db, p) {
    const actor = actorFound(db, p, 'auth:roles:write')
    const role = writtenRole(db, actor, p.role)
    const deleted = db.$with('deleted').as(
      db
        .delete(roles)
        .where(
          and(
            eq(roles.name, sql`(select ${role.name} from ${role})`),
            covers(actor, rolePermissions()),
          ),
        )
        .returning({ name: roles.name }),
    )
    return {
      steps: [actor, role, deleted],
      records: {
        ...{ event: 'role_deleted', of: deleted, subject: null },
        ...{ actor: p.userId, session: p.sessionId },
        details: { role: deleted.name },
      },
      answers: {
        from: [actor, role, deleted],
        columns: {
          ...{ actorId: actor.userId, foundName: role.name, isCovered: role.isCovered },
          deletedName: deleted.name,
        },
      },
    }
  },
})

/** The columns of an answer that tell of the role as it was written. */
function written(role: Record<keyof typeof WRITTEN, SQLWrapper>) {
  return {
    name: sql<string>`${role.name}`,
    description: sql<string>`${role.description}`,
    permissions: sql<string>`${role.permissions}`,
    createdAt: instant(role.createdAt),
    updatedAt: instant(role.updatedAt),
  }
}
