import { auth } from './auth.js'
import { listenToForms, send } from './forms.js'

const VIEWS = ['log-in', 'sign-up', 'second-factor', 'account']
const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })
const at = (id) => document.getElementById(id)

/** The log-in that waits for a second factor. */
let pending

function view(shown) {
  for (const id of VIEWS) at(id).hidden = id !== shown
}

function list(id, items) {
  at(id).replaceChildren(
    ...items.map((content) => {
      const item = document.createElement('li')
      item.append(...content)
      return item
    }),
  )
}

async function logIn({ username_or_email, password }) {
  const outcome = await auth.login({ username_or_email, password })
  if (!outcome.mfa_required) return
  pending = outcome
  for (const form of at('second-factor').querySelectorAll('form')) {
    form.hidden = !outcome.methods.includes(form.dataset.method)
  }
  view('second-factor')
}

async function showSessions() {
  const sessions = await auth.sessions()
  list('sessions', sessions.map(describe))
}

function describe({ id, current, user_agent, last_used_at }) {
  const { browser, os } = user_agent
  const place = `${browser ?? 'A browser'} on ${os ?? 'some device'}, ${when.format(new Date(last_used_at))}`
  if (current)
    return [place, Object.assign(document.createElement('em'), { textContent: 'this one' })]
  const form = document.createElement('form')
  form.append(Object.assign(document.createElement('button'), { textContent: 'End it' }))
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    await send(form, () => auth.endSession(id).then(showSessions))
  })
  return [place, form]
}

async function showPasskeys() {
  const { passkeys } = await auth.factors()
  list(
    'passkeys',
    passkeys.map(({ name }) => [name]),
  )
}

listenToForms({
  logIn,
  logInByPasskey: () => auth.logInWithPasskey(),
  async signUp({ username, email, password }) {
    await auth.signup({ username, email, password })
    await logIn({ username_or_email: username, password })
  },
  verify: (factor) => pending.verify(factor),
  verifyByPasskey: async () => pending.verify(await auth.provePasskey()),
  lookAtUser: () => auth.me(),
  async addPasskey() {
    const { recovery_codes } = await auth.registerPasskey()
    await showPasskeys()
    // With the first factor come codes for the day on which it is lost. They are shown this once.
    at('codes').hidden = recovery_codes.length === 0
    list(
      'code-list',
      recovery_codes.map((code) => [code]),
    )
  },
  showSessions,
  logOut: () => auth.logout(),
})
for (const button of document.querySelectorAll('[data-show]')) {
  button.addEventListener('click', () => view(button.dataset.show))
}

let shownFor

/** What is shown follows from who is logged in, in whichever tab they did so. */
function show(user) {
  if (user === undefined) return
  if (!user) {
    shownFor = undefined
    return view('log-in')
  }
  at('name').textContent = user.username
  at('address').textContent = user.email
  at('verified').hidden = !user.email_verified
  at('unverified').hidden = user.email_verified
  view('account')
  if (shownFor === user.id) return
  shownFor = user.id
  at('codes').hidden = true
  Promise.all([showSessions(), showPasskeys()]).catch(console.error)
}

auth.onUserChange(show)
show(auth.getUser())
