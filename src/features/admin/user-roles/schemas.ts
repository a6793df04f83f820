import { IdPath, roleInPath } from '../../../http/schemas.ts'

/** A role of a user. */
export const UserRolePath = IdPath.extend({ role: roleInPath('role') })
