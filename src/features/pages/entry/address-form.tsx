import type { FormState } from '../kit/form-state.ts'
import { Human } from '../kit/human.tsx'
import { Button, Field, Form } from '../kit/parts.tsx'

type Props = {
  form: FormState
  name: string
  words: { title: string; text: string; email: string; button: string }
  asksHuman: boolean
}

/** Asks for the address that something is mailed to. */
export function AddressForm({ form, name, words, asksHuman }: Props) {
  return (
    <>
      <h1>{words.title}</h1>
      <p>{words.text}</p>
      <Form form={form} name={name}>
        <Field
          form={form}
          name="email"
          type="email"
          label={words.email}
          autocomplete="email"
          isFirst
        />
        {asksHuman && <Human visit={form.visit} />}
        <Button>{words.button}</Button>
      </Form>
    </>
  )
}
