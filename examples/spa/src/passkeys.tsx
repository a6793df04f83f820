import type { Passkey } from 'edge-auth-client'
import { useAuth } from 'edge-auth-client/react'
import { useEffect, useState } from 'react'
import { Form } from './form.tsx'

/** The user's passkeys, and a button for another. */
export function Passkeys() {
  const auth = useAuth()
  const [passkeys, setPasskeys] = useState<Passkey[]>([])
  const [codes, setCodes] = useState<string[]>([])
  useEffect(() => {
    auth.factors().then(({ passkeys }) => setPasskeys(passkeys), console.error)
  }, [auth])

  async function add() {
    const { passkey, recovery_codes } = await auth.registerPasskey()
    setPasskeys((known) => [...known, passkey])
    // With the first factor come codes for the day on which it is lost. They are shown this once.
    setCodes(recovery_codes)
  }

  return (
    <section>
      <h2>Passkeys</h2>
      <ul aria-label="Passkeys">
        {passkeys.map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {codes.length > 0 && (
        <aside>
          <p>Keep these codes. Each lets you in once if you lose your passkey.</p>
          <ul aria-label="Recovery codes">
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
        </aside>
      )}
      <Form label="Add a passkey" action={add} />
    </section>
  )
}
