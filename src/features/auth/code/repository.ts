import { linkMailed, MAILED_PARAMS } from '../../../core/accounts/mailed-steps.ts'
import { stateChange } from '../../../core/audit/state-change.ts'

/** Mails a code to log in by to the account of an address, if there is one. */
export const mailCode = stateChange({
  name: 'mail_login_code',
  params: MAILED_PARAMS,
  change(db, p) {
    const { steps, heard, answers } = linkMailed(db, p, { mail: 'login_code' })
    return {
      steps,
      records: { event: 'login_code_requested', ...heard },
      answers,
    }
  },
})
