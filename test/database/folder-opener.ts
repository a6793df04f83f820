// Opens a folder, says how that went, and holds it until its input ends.
import { openEmbedded } from '../../src/database/embedded/open.ts'

const [folder = '', moment = '0'] = process.argv.slice(2)
while (Date.now() < Number(moment));
const outcome = await openEmbedded({ folder }).then(
  () => 'opened',
  (error: Error & { code?: string }) => `${error.code ?? error.stack}: ${error.message}`,
)
process.stdout.write(outcome)
process.stdout.end()
process.stdin.resume()
process.stdin.on('end', () => process.exit())
