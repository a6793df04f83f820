import { ensureSecrets } from './secrets.ts'

const FILE = '.env'

/**
 * Before `npm start`, in its environment: where nobody has named a key, one is made, so that a clone starts; production
 * must name its own.
 */
const { NODE_ENV, JWT_SECRET_KEY, JWT_KEYS } = process.env
if (NODE_ENV !== 'production' && !JWT_SECRET_KEY && !JWT_KEYS) {
  const { made } = ensureSecrets(FILE)
  if (made.length > 0) console.log(`${made.join(', ')} was made and kept in ${FILE}.`)
}
