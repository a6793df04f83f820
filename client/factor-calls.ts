import { fieldsOf, hasTexts, readJson } from './answers.ts'
import type { FactorCalls } from './auth-client.ts'
import { readConfirmation } from './confirmations.ts'
import type { Mode } from './mode.ts'
import { postRequest } from './posts.ts'
import { serviceRequest } from './request.ts'
import type { FactorList, RecoveryCodes, TotpEnrolment } from './types.ts'

type Deps = { url: (path: string) => URL; mode: Mode }

/** The calls around second factors. Those that prove one give this session fresh tokens, in all tabs. */
export function createFactorCalls({ url, mode }: Deps): FactorCalls {
  const post = (path: string, body?: object) => mode.send(postRequest(url(path), body))

  return {
    factors: () => readJson(mode.send(serviceRequest(url('auth/factors'))), isFactorList),
    enrollTotp: () => readJson(post('auth/factors/totp'), isTotpEnrolment),
    async confirmTotp(totp_code) {
      const request = postRequest(url('auth/factors/totp/confirm'), { totp_code })
      const { recovery_codes: codes } = fieldsOf(await mode.raise(request))
      return { recovery_codes: Array.isArray(codes) ? codes : [] }
    },
    removeTotp: () =>
      readConfirmation(mode.send(serviceRequest(url('auth/factors/totp'), { method: 'DELETE' }))),
    async replaceRecoveryCodes() {
      const answer = await readJson(post('auth/factors/recovery-codes'), isRecoveryCodes)
      return answer.recovery_codes
    },
    async reauth(proof) {
      await mode.raise(postRequest(url('auth/reauth'), proof))
    },
  }
}

function isFactorList(value: unknown): value is FactorList {
  return Array.isArray(fieldsOf(value).passkeys)
}

function isTotpEnrolment(value: unknown): value is TotpEnrolment {
  return hasTexts(value, 'secret', 'otpauth_uri', 'qr_svg')
}

function isRecoveryCodes(value: unknown): value is RecoveryCodes {
  return Array.isArray(fieldsOf(value).recovery_codes)
}
