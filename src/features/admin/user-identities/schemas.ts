import { IdPath, uuidInPath } from '../../../http/schemas.ts'

/** An identity of a user. */
export const IdentityPath = IdPath.extend({ identity_id: uuidInPath('identity_id') })
