// The process of the load generator, which takes jobs and returns results, one at a time.

import { drive, type Job } from './drive.ts'

process.on('message', (job: Job) => {
  drive(job).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: `${job.scenario}: ${error.message}` }),
  )
})
process.on('disconnect', () => process.exit(0))
