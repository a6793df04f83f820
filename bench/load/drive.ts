import { percentile } from '../support/figures.ts'
import { openConnection } from './connection.ts'
import { BENCH_USERS, type Scenario, type Script, scriptOf, strewn } from './scenarios.ts'
import { NO_SESSION, sessionsOf } from './sessions.ts'

export type Job = {
  port: number
  scenario: Scenario
  connections: number
  /** Tokens to send, each once. Without them, the connections open sessions of their own. */
  tokens?: string[]
  /** The number of users in the seeded database. */
  users?: number
  /** The number of additional connections that log in repeatedly during the job. */
  loginsBeside?: number
  warmUpMs: number
  windowMs: number
  /** Ends after this many requests instead of at the window's end. */
  requests?: number
  /** A refusal for overload (503) counts as an answer too. */
  mayRefuse?: boolean
}

export type Result = {
  requests: number
  /** All answers, including those before and after the window. */
  answered: number
  refused: number
  perSecond: number
  p50: number
  p99: number
}

/** Runs one job against one server. Rejects at the first wrong answer. */
export async function drive(job: Job): Promise<Result> {
  const { users = BENCH_USERS } = job
  const isBearer = job.scenario === 'me' || job.scenario === 'refresh'
  const held =
    isBearer && !job.tokens
      ? await sessionsOf(job.port, job.connections)
      : Array.from({ length: job.connections }, () => NO_SESSION)
  const latencies: number[] = []
  const startedAt = performance.now()
  const countFrom = startedAt + job.warmUpMs
  const endAt = countFrom + job.windowMs
  let refused = 0
  let answered = 0
  let left = job.requests ?? Number.POSITIVE_INFINITY
  const mayGoOn = () => performance.now() < endAt && left-- > 0
  const measured = (from: number, to: number) => {
    answered++
    if (to >= countFrom && to <= endAt) latencies.push(to - from)
  }

  const loops: Promise<void>[] = []
  for (const session of held.slice(0, job.connections)) {
    const script = job.tokens
      ? strewn(job.scenario, job.tokens)
      : scriptOf(job.scenario, session, users)
    const lenient: Script = {
      request: script.request,
      accept: (answer) => {
        if (answer.status === 503) refused++
        else script.accept(answer)
      },
    }
    loops.push(loop(job.port, job.mayRefuse ? lenient : script, mayGoOn, measured))
  }
  for (let beside = 0; beside < (job.loginsBeside ?? 0); beside++) {
    const script = scriptOf('login', NO_SESSION, users)
    loops.push(
      loop(
        job.port,
        script,
        () => performance.now() < endAt,
        () => {},
      ),
    )
  }
  await Promise.all(loops)
  const seconds = (Math.min(performance.now(), endAt) - countFrom) / 1000
  const sorted = Float64Array.from(latencies).sort()
  return {
    requests: sorted.length,
    answered,
    refused,
    perSecond: sorted.length / seconds,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
  }
}

/** Sends requests on one connection until the job ends. */
async function loop(
  port: number,
  script: Script,
  mayGoOn: () => boolean,
  measured: (from: number, to: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const connection = await openConnection(port, reject)
  const next = () => {
    if (!mayGoOn()) return resolve()
    const from = performance.now()
    connection.send(script.request(), (answer) => {
      measured(from, performance.now())
      try {
        script.accept(answer)
      } catch (error) {
        return reject(error)
      }
      next()
    })
  }
  next()
  await promise.finally(connection.close)
}
