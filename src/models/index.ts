export { credentials } from './credentials.ts'
export { sessions } from './sessions.ts'
export { users } from './users.ts'
