import { keys } from './key-commands.ts'

/** Makes, rotates and shows the keys that tokens are signed with: `npm run keys` explains itself. */
await keys(process.argv.slice(2)).then(
  ({ said, value }) => {
    // With --stdout, standard output holds only the value.
    if (value === undefined) console.log(said)
    else process.stdout.write(value)
    if (value !== undefined) console.error(said)
  },
  (error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  },
)
