import { FIRST_UUID, LAST_UUID, uuidAt } from '../../utils/uuid.ts'

/** Which events of the audit trail a page has: of a period, and below the last event of the page before. */
export type PageBounds = {
  after?: Date | undefined
  before?: Date | undefined
  cursor?: string | undefined
}

/** Returns the ids between which a page is, for `PAGE_PARAMS`. Ids tell the time. */
export function idsBetween({ after, before, cursor = LAST_UUID }: PageBounds) {
  const end = before ? uuidAt(before.getTime()) : LAST_UUID
  return {
    above: after ? uuidAt(after.getTime()) : FIRST_UUID,
    below: cursor < end ? cursor : end,
  }
}
