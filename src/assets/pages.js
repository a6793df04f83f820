/*
 * The script of the pages for people, served as it is. It does what no form can: it asks the browser for a passkey, and
 * presses the button for who comes back from a provider. All else works without it.
 */
;(() => {
  /** Shorter than the life of a challenge. */
  const RENEW_MILLISECONDS = 240_000

  /** What the browser is asked for now. It is asked for one thing at a time. */
  let asking = new AbortController()
  let renewal

  const canUsePasskeys =
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function'

  async function post(path) {
    const answer = await fetch(path, { method: 'POST', headers: { 'x-edge-auth': '1' } })
    if (!answer.ok) throw new Error(`the service answered ${answer.status}`)
    return answer.json()
  }

  /** Gives up what the browser is asked for, and returns the signal of what it is asked for next. */
  function next() {
    asking.abort()
    clearTimeout(renewal)
    asking = new AbortController()
    return asking.signal
  }

  /** Has the browser prove a passkey, and returns what the API wants to know of it. */
  async function prove(api, options) {
    const signal = next()
    const { public_key, challenge_token } = await post(`${api}/passkeys/options`)
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(public_key)
    const credential = await navigator.credentials.get({ publicKey, signal, ...options })
    return { challenge_token, credential: credential.toJSON() }
  }

  /** Has the browser make a passkey, by what the page was given for that. */
  async function create(creation) {
    const signal = next()
    const { public_key, challenge_token } = JSON.parse(creation)
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(public_key)
    const credential = await navigator.credentials.create({ publicKey, signal })
    return { challenge_token, credential: credential.toJSON() }
  }

  /** Sends the form with what the browser gave. The browser itself checks the other fields. */
  function send(part, given) {
    part.querySelector('[name=passkey]').value = JSON.stringify(given)
    part.closest('form').requestSubmit()
  }

  /** Offers passkeys where a name is typed, as long as the page is open. */
  async function offer(part) {
    const { api } = part.dataset
    const isOffered = await PublicKeyCredential.isConditionalMediationAvailable?.()
    if (!isOffered) return
    try {
      const proof = prove(api, { mediation: 'conditional' })
      renewal = setTimeout(() => offer(part), RENEW_MILLISECONDS)
      send(part, await proof)
    } catch {
      // Nobody asked for it, so that nobody has to be told.
    }
  }

  async function ask(part) {
    const { api, passkey, creation } = part.dataset
    const button = part.querySelector('button')
    const failure = part.querySelector('[role=alert]')
    button.disabled = true
    failure.hidden = true
    try {
      send(part, await (creation === undefined ? prove(api) : create(creation)))
    } catch {
      failure.hidden = false
      button.disabled = false
      if (passkey === 'conditional') void offer(part)
    }
  }

  if (canUsePasskeys) {
    for (const note of document.querySelectorAll('[data-no-passkeys]')) note.hidden = true
    for (const part of document.querySelectorAll('[data-passkey]')) {
      part.hidden = false
      part.querySelector('button').addEventListener('click', () => ask(part))
      if (part.dataset.passkey === 'conditional') void offer(part)
    }
  }

  document.querySelector('[data-press] form')?.requestSubmit()
})()
