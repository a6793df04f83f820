import { openConnection } from './connection.ts'
import { loginOf, type Session, tokensOf } from './scenarios.ts'

/** For scenarios whose requests have no token. */
export const NO_SESSION: Session = { access: '', refresh: '' }

const sessions = new Map<number, Session[]>()

/** Returns a session for each connection. Sessions are opened once for each server and kept. */
export async function sessionsOf(port: number, connections: number): Promise<Session[]> {
  const held = sessions.get(port) ?? []
  sessions.set(port, held)
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const connection = await openConnection(port, reject)
  while (held.length < connections) {
    const login = loginOf(held.length + 1)
    const opened = new Promise<Session>((resolve, refuse) => {
      connection.send(login, (answer) => {
        try {
          resolve(tokensOf(answer))
        } catch (error) {
          refuse(error)
        }
      })
    })
    held.push(await Promise.race([opened, failed]))
  }
  connection.close()
  return held
}
