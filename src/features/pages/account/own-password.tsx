import type { FormState } from '../kit/form-state.ts'
import { Field } from '../kit/parts.tsx'

type Props = { form: FormState; label: string; hasPassword: boolean; isFirst?: boolean }

/** Asks for the present password of who has one. A fresh proof stands in for it, where there is none. */
export function OwnPassword({ form, label, hasPassword, isFirst = false }: Props) {
  if (!hasPassword) return null
  return (
    <Field
      form={form}
      name="current_password"
      type="password"
      label={label}
      autocomplete="current-password"
      isFirst={isFirst}
    />
  )
}

/** The field of a request that has it. Whoever has no password leaves it out. */
export function ownPassword(values: Readonly<Record<string, string>>) {
  const { current_password } = values
  return current_password === undefined ? {} : { current_password }
}

/** How a form says that it was wrong. */
export const OWN_PASSWORD = {
  asks: ['current_password'],
  blames: { invalid_credentials: 'current_password' },
} as const
