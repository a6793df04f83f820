import { IdPath, uuidInPath } from '../../../http/schemas.ts'

/** A session of a user. */
export const SessionPath = IdPath.extend({ session_id: uuidInPath('session_id') })
