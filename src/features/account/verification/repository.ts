import { isNotNull } from 'drizzle-orm'
import { linkMailed, MAILED_PARAMS } from '../../../core/accounts/mailed-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'
import { users } from '../../../models/index.ts'

/** Mails a link to verify an address to the account that has it, if there is one and it is not verified yet. */
export const mailVerification = stateChange({
  name: 'mail_verification',
  params: MAILED_PARAMS,
  change(db, p) {
    const unless = isNotNull(users.emailVerifiedAt)
    const { steps, heard, answers } = linkMailed(db, p, { mail: 'verify_email', unless })
    return {
      steps,
      records: { event: 'email_verification_requested', ...heard },
      answers,
    }
  },
})
