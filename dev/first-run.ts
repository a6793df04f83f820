import { ensureSecrets } from './secrets.ts'

const FILE = '.env'

/**
 * Runs before `npm start` and `npm run dev:node`, in their environment. If no key is configured it makes one, so that a
 * fresh clone starts. Production must configure its own.
 */
const { NODE_ENV, JWT_SECRET_KEY, JWT_KEYS } = process.env
if (NODE_ENV !== 'production' && !JWT_SECRET_KEY && !JWT_KEYS) {
  const { made } = ensureSecrets(FILE)
  if (made.length > 0) console.log(`${made.join(', ')} was made and kept in ${FILE}.`)
}
