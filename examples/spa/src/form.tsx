import { AuthError } from 'edge-auth-client'
import {
  createContext,
  type FormEvent,
  type InputHTMLAttributes,
  type ReactNode,
  use,
  useId,
  useState,
} from 'react'

/** What the service refused, if anything, for the fields of a form. */
const Refused = createContext<unknown>(undefined)

type Typed = Record<string, string>
type FormProps = { label: string; action: (typed: Typed) => Promise<unknown>; children?: ReactNode }

/** A form that shows what the service says where it refuses: a sentence for each field, or one for all. */
export function Form({ label, action, children }: FormProps) {
  const [refusal, setRefusal] = useState<unknown>()
  const [isBusy, setIsBusy] = useState(false)

  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const typed = Object.fromEntries(new FormData(event.currentTarget)) as Typed
    setIsBusy(true)
    setRefusal(undefined)
    try {
      await action(typed)
    } catch (error) {
      setRefusal(error)
    } finally {
      setIsBusy(false)
    }
  }

  return (
    <Refused value={refusal}>
      <form onSubmit={send}>
        {children}
        {refusal !== undefined && <p role="alert">{sentenceOf(refusal)}</p>}
        <button type="submit" disabled={isBusy}>
          {label}
        </button>
      </form>
    </Refused>
  )
}

type FieldProps = InputHTMLAttributes<HTMLInputElement> & { label: string; name: string }

/** A field with its label, and what is wrong with what was typed. */
export function Field({ label, name, ...input }: FieldProps) {
  const id = useId()
  const refusal = use(Refused)
  const wrong =
    refusal instanceof AuthError
      ? refusal.errors.find(({ pointer }) => pointer === `/${name}`)?.detail
      : undefined
  return (
    <p>
      <label htmlFor={id}>{label}</label>
      <input
        {...{ id, name, required: true, ...input }}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong && `${id}-wrong`}
      />
      {wrong && <small id={`${id}-wrong`}>{wrong}</small>}
    </p>
  )
}

/** What happened, for people. `detail` of an answer is a sentence to be shown as it is. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AuthError) return error.detail
  return error instanceof Error ? error.message : 'Something went wrong.'
}
