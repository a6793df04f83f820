// Opens a folder, says how that went, and holds it until its input ends.
import { openEmbedded } from '../../src/database/embedded/open.ts'

const [folder = ''] = process.argv.slice(2)
const outcome = await openEmbedded({ folder }).then(
  () => 'opened',
  (error: Error & { code?: string }) => `${error.code ?? error.stack}: ${error.message}`,
)
process.stdout.write(outcome)
process.stdout.end()
process.stdin.resume()
process.stdin.on('end', () => process.exit())
