import type { PropsWithChildren } from 'hono/jsx'
import type { FormState } from './form-state.ts'
import { CARRIED, type Visit } from './visit.ts'

type FormProps = PropsWithChildren<{
  form: FormState
  name: string
  /** What goes with it besides what is typed. */
  hidden?: Record<string, string>
  /** What would be carried, if it were not typed here: a name may stand in a form once. */
  typed?: (typeof CARRIED)[number] | undefined
}>

/** A form of the page. It brings its name, and what is carried from page to page. */
export function Form({ form, name, hidden = {}, typed, children }: FormProps) {
  const { visit, failure } = form
  const carried = CARRIED.flatMap((one) => {
    const value = visit.carried[one]
    return value === undefined || one === typed ? [] : [[one, value] as const]
  })
  return (
    <form method="post" action={visit.to(visit.path)}>
      <input type="hidden" name="form" value={name} />
      {[...carried, ...whose(visit), ...Object.entries(hidden)].map(([field, value]) => (
        <input type="hidden" name={field} value={value} />
      ))}
      {form.name === name && failure !== undefined && <Notice isBad>{failure}</Notice>}
      {children}
    </form>
  )
}

/** Whose page a form of the account stands on: the browser may be somebody else's by the time that it is sent. */
function whose({ path, person }: Visit): [string, string][] {
  return path.startsWith('/account') && person !== undefined ? [['person', person]] : []
}

type FieldProps = {
  form: FormState
  name: string
  label: string
  /** The tokens by which password managers know it. */
  autocomplete: string
  type?: 'text' | 'email' | 'password' | 'url'
  hint?: string | undefined
  /** What stands in it before anything is typed. */
  value?: string | undefined
  isOptional?: boolean
  inputmode?: 'numeric' | 'email'
  minlength?: number
  maxlength?: number
  /** True for the field that a person begins with. */
  isFirst?: boolean
}

/** A field with its label, its hint and why it was refused, which who hears the page is told together. */
export function Field({
  form,
  name,
  label,
  hint,
  value,
  isFirst,
  isOptional,
  ...input
}: FieldProps) {
  const { type = 'text', ...attributes } = input
  const error = form.errors[name]
  const typed = type === 'password' ? undefined : (form.values[name] ?? value)
  const described = [error !== undefined && `${name}-error`, hint !== undefined && `${name}-hint`]
  const isWrong = Object.keys(form.errors)[0] === name
  const hasFocus = form.name === undefined ? isFirst : isWrong
  const isPlain =
    type !== 'text' ||
    attributes.inputmode !== undefined ||
    /username/.test(attributes.autocomplete)
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        value={typed}
        required={!isOptional}
        autofocus={hasFocus === true}
        aria-invalid={error === undefined ? undefined : 'true'}
        aria-describedby={described.filter(Boolean).join(' ') || undefined}
        {...attributes}
        {...(isPlain && { autocapitalize: 'none', spellcheck: false })}
      />
      {error !== undefined && (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

type ButtonProps = PropsWithChildren<{
  look?: 'quiet' | 'danger' | 'plain'
  name?: string
  value?: string
}>

/** The button of a form. */
export function Button({ look, children, ...sent }: ButtonProps) {
  return (
    <button class={look} {...sent}>
      {children}
    </button>
  )
}

/** What came of the last step. It is read out at once where it is bad. */
export function Notice({ isBad = false, children }: PropsWithChildren<{ isBad?: boolean }>) {
  return (
    <p class={isBad ? 'notice bad' : 'notice'} role={isBad ? 'alert' : 'status'}>
      {children}
    </p>
  )
}

/** Leads to another page, and takes along what is carried. */
export function Onward({
  visit,
  to,
  children,
}: PropsWithChildren<{ visit: Visit; to: Parameters<Visit['onward']>[0] }>) {
  return <a href={visit.onward(to)}>{children}</a>
}

/** The pages that belong together, and which of them this is. */
export function Nav({
  visit,
  label,
  links,
}: {
  visit: Visit
  label: string
  links: readonly { path: string; name: string }[]
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {links.map(({ path, name }) => (
        <a href={visit.to(path)} aria-current={path === visit.path ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}

type PasskeyProps = PropsWithChildren<{
  visit: Visit
  label: string
  /** With `conditional` the browser offers the passkeys that there are where a name is typed. */
  how?: 'conditional' | 'asked'
  /** What a new one is made by. */
  creation?: object
  /** What is said where nothing came of it. */
  failure?: string
}>

/** A button that needs the page's script, which shows it where the browser can, and fills in and sends the form around it. */
export function PasskeyButton({
  visit,
  label,
  how = 'asked',
  creation,
  failure = visit.words.common.passkeyFailed,
  children,
}: PasskeyProps) {
  return (
    <div
      hidden
      data-passkey={how}
      data-api={visit.to('/auth')}
      data-creation={creation && JSON.stringify(creation)}
    >
      {children}
      <input type="hidden" name="passkey" />
      <button class="quiet" type="button">
        {label}
      </button>
      <p class="error" role="alert" hidden>
        {failure}
      </p>
    </div>
  )
}
