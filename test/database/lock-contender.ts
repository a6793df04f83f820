// Tries for a folder's lock at a given moment, says how that went, and holds it until its input ends.
import { lockFolder } from '../../src/database/embedded/lock.ts'

const [folder = '', moment = ''] = process.argv.slice(2)
while (Date.now() < Number(moment));
const outcome = await lockFolder(folder).then(
  () => 'won',
  (error: Error) => error.message,
)
process.stdout.write(outcome)
process.stdout.end()
process.stdin.resume()
