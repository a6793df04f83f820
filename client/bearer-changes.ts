export { createPendingLogouts } from './pending-logouts.ts'
export { createRaise } from './raise.ts'
