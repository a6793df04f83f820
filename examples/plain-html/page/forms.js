import { AuthError } from './edge-auth-client/index.js'

/** Has each form do what its `data-action` names, and show what the service says where it refuses. */
export function listenToForms(actions) {
  for (const form of document.querySelectorAll('form')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      await send(form, actions[form.dataset.action])
    })
  }
}

/** Does what a form is for; meanwhile its button waits. */
export async function send(form, action) {
  const button = form.querySelector('button')
  clear(form)
  button.disabled = true
  try {
    await action(Object.fromEntries(new FormData(form)))
  } catch (error) {
    show(form, error)
  } finally {
    button.disabled = false
  }
}

function clear(form) {
  for (const note of form.querySelectorAll('small, [role=alert]')) note.remove()
  for (const input of form.querySelectorAll('input')) input.removeAttribute('aria-invalid')
}

/** A sentence for each field that is refused, and one for all. They are the service's own, for people. */
function show(form, error) {
  const alert = Object.assign(document.createElement('p'), { role: 'alert' })
  alert.textContent = error instanceof AuthError ? error.detail : error.message
  form.querySelector('button').before(alert)
  for (const { pointer, detail } of error instanceof AuthError ? error.errors : []) {
    const input = form.elements.namedItem(pointer.slice(1))
    if (!input) continue
    const note = Object.assign(document.createElement('small'), { id: `${input.id}-wrong` })
    note.textContent = detail
    input.after(note)
    input.setAttribute('aria-invalid', 'true')
    input.setAttribute('aria-describedby', note.id)
  }
}
