import { notTheService, throwIfRefused } from './answers.ts'

/** Waits for an answer without content: 204 confirms what the service did, 202 that it was taken up. */
export async function readConfirmation(
  pending: Promise<Response>,
  expected: 202 | 204 = 204,
): Promise<void> {
  const response = await throwIfRefused(pending)
  if (response.status !== expected) throw notTheService(response)
}
