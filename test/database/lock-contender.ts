// Run by embedded.test.ts: tries for the lock at a given moment and holds it until its input ends.
import { acquireLock } from '../../src/database/embedded/lock.ts'

const [path = '', moment = ''] = process.argv.slice(2)
while (Date.now() < Number(moment));
const outcome = await acquireLock(path, 'the folder').then(
  () => 'won',
  (error: Error) => error.message,
)
process.stdout.write(outcome)
process.stdout.end()
process.stdin.resume()
