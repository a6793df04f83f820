const NETWORKS = { user: 10, newcomer: 11 }

/**
 * Returns the address of one person of the load. Everybody has another one, so that limits count everything and refuse
 * nothing.
 */
export function addressOf(kind: keyof typeof NETWORKS, number: number): string {
  return [NETWORKS[kind], number >> 16, number >> 8, number].map((part) => part & 255).join('.')
}
