import { linkMailed, MAILED_PARAMS } from '../../../core/accounts/mailed-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'

/** Mails a link to choose a new password to the account of an address, if there is one. */
export const mailReset = stateChange({
  name: 'mail_reset',
  params: MAILED_PARAMS,
  change(db, p) {
    const { steps, heard, answers } = linkMailed(db, p, { mail: 'reset_password' })
    return {
      steps,
      records: { event: 'password_reset_requested', ...heard },
      answers,
    }
  },
})
