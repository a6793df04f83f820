import { Agent, get } from 'node:http'
import { parseConfig } from '../src/config/index.ts'

const PATIENCE_MILLISECONDS = 2_000
/** Nobody connects to the address that stands for all of them. */
const LOOPBACK_OF: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Ends with 0 if the service beside it answers `GET /health`, else with 1: for supervisors, whose images have no curl. */
const { HOST, PORT } = process.env
const { server } = parseConfig({ HOST, PORT, JWT_SECRET_KEY: crypto.randomUUID() })
const host = LOOPBACK_OF[server.host] ?? server.host

function fail(reason: string): void {
  console.error(reason)
  process.exitCode = 1
}

const request = get(
  {
    host,
    port: server.port,
    path: '/health',
    // An agent of its own goes to no proxy, whatever the environment says.
    agent: new Agent(),
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
  },
  (answer) => {
    answer.resume()
    if (answer.statusCode !== 200) fail(`GET /health: ${answer.statusCode}`)
  },
)
request.on('error', ({ message }) => fail(message))
