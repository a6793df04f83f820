import { fieldsOf, hasTexts, isTokenResponse, readConfirmation, readJson } from './answers.ts'
import type { FactorCalls } from './auth-client.ts'
import type { BearerAuth } from './bearer-auth.ts'
import type { Raise } from './raise.ts'
import { postRequest, serviceRequest } from './request.ts'
import type { FactorList, RecoveryCodes, TotpEnrolment } from './types.ts'

type Deps = { url: (path: string) => URL; bearerAuth: BearerAuth; raise: Raise }

/** The calls around second factors. Those that prove one give this session fresh tokens, in all tabs. */
export function createFactorCalls({ url, bearerAuth, raise }: Deps): FactorCalls {
  const post = (path: string, body?: object) => bearerAuth.send(postRequest(url(path), body))

  return {
    factors: () => readJson(bearerAuth.send(serviceRequest(url('auth/factors'))), isFactorList),
    enrollTotp: () => readJson(post('auth/factors/totp'), isTotpEnrolment),
    async confirmTotp(totp_code) {
      const request = postRequest(url('auth/factors/totp/confirm'), { totp_code })
      const answer = await raise(request, isTokenResponse)
      const { recovery_codes: codes } = fieldsOf(answer)
      return { recovery_codes: Array.isArray(codes) ? codes : [] }
    },
    removeTotp: () =>
      readConfirmation(
        bearerAuth.send(serviceRequest(url('auth/factors/totp'), { method: 'DELETE' })),
      ),
    async replaceRecoveryCodes() {
      const answer = await readJson(post('auth/factors/recovery-codes'), isRecoveryCodes)
      return answer.recovery_codes
    },
    async reauth(proof) {
      await raise(postRequest(url('auth/reauth'), proof))
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
