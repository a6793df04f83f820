import type { Factors, Identity, Passkey, Providers } from '../kit/answers.ts'
import { type FormState, stateOf } from '../kit/form-state.ts'
import { Button, Form } from '../kit/parts.tsx'
import { hasPasskeysHere } from '../kit/passkeys.ts'
import { LastUsed, Part, Said, Sure, When } from './frame.tsx'

type Of<More> = { form: FormState } & More

export function PasswordPart({ form: { visit }, hasPassword }: Of<{ hasPassword: boolean }>) {
  const words = visit.words.account.security
  return (
    <Part title={words.password}>
      <p>{hasPassword ? words.hasPassword : words.noPassword}</p>
      <p>
        <a href={visit.to('/account/password')}>
          {hasPassword ? words.changePassword : words.setPassword}
        </a>
      </p>
    </Part>
  )
}

export function PasskeysPart({ form: { visit }, passkeys }: Of<{ passkeys: Passkey[] }>) {
  const words = visit.words.account.security
  if (passkeys.length === 0 && !hasPasskeysHere(visit)) return null
  return (
    <Part title={words.passkeys}>
      <p>{words.passkeysText}</p>
      <ul class="rows">
        {passkeys.map((passkey) => (
          <li>
            <b>{passkey.name}</b>
            {passkey.synced && ` (${words.synced})`}
            <span>
              <Said text={words.passkeyFacts}>
                <When visit={visit} at={passkey.created_at} />
              </Said>
              {', '}
              <LastUsed visit={visit} at={passkey.last_used_at} />
            </span>
            {passkey.suspended && <p class="error">{words.suspended}</p>}
            <a href={`${visit.to('/account/passkey')}?${new URLSearchParams({ id: passkey.id })}`}>
              {words.managePasskey}
            </a>
          </li>
        ))}
      </ul>
      {hasPasskeysHere(visit) && (
        <p>
          <a href={visit.to('/account/passkey/new')}>{words.addPasskey}</a>
        </p>
      )}
    </Part>
  )
}

export function TotpPart({ form, totp }: Of<{ totp: Factors['totp'] }>) {
  const { visit } = form
  const words = visit.words.account.security
  if (totp === null) {
    return (
      <Part title={words.totp}>
        <p>{words.totpText}</p>
        <p>
          <a href={visit.to('/account/totp')}>{words.setUpTotp}</a>
        </p>
      </Part>
    )
  }
  return (
    <Part title={words.totp}>
      <p>
        <Said text={words.hasTotp}>
          <When visit={visit} at={totp.created_at} />
        </Said>
      </p>
      <Sure form={form} name="remove_totp" label={words.removeTotp} text={words.removeTotpText} />
    </Part>
  )
}

export function CodesPart({ form, factors }: Of<{ factors: Factors }>) {
  const words = form.visit.words.account.security
  const { totp, passkeys, recovery_codes_left: left } = factors
  const hasFactor = totp !== null || passkeys.length > 0
  return (
    <Part title={words.codes}>
      <p>
        {words.codesText}{' '}
        {hasFactor ? words.codesLeft.replace('{count}', String(left)) : words.noCodes}
      </p>
      {hasFactor && (
        <Sure form={form} name="codes" label={words.renewCodes} text={words.renewCodesText} />
      )}
    </Part>
  )
}

type Linked = { identities: Identity[]; providers: Providers['providers'] }

export function IdentitiesPart({ form, identities, providers }: Of<Linked>) {
  const { visit } = form
  const words = visit.words.account.security
  if (identities.length === 0 && providers.length === 0) return null
  return (
    <Part title={words.identities}>
      <p>{words.identitiesText}</p>
      <ul class="rows">
        {identities.map((identity) => (
          <li>
            <b>{identity.provider_name}</b>
            {identity.email !== null && <span>{identity.email}</span>}
            <span>
              <LastUsed visit={visit} at={identity.last_used_at} />
            </span>
            <Sure
              form={form}
              name="unlink"
              id={identity.id}
              label={words.unlink}
              text={words.unlinkText}
            />
          </li>
        ))}
      </ul>
      <div class="actions">
        {providers.map(({ id, name }) => (
          <LinkForm form={form} provider={id} label={words.link.replace('{name}', () => name)} />
        ))}
      </div>
    </Part>
  )
}

function LinkForm({ form, provider, label }: Of<{ provider: string; label: string }>) {
  const isThis = form.visit.values.provider === provider
  return (
    <Form form={stateOf(form, isThis)} name="link" hidden={{ provider }}>
      <Button look="quiet">{label}</Button>
    </Form>
  )
}
