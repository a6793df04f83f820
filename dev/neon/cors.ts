/** What every answer carries, errors included. */
export const ANY_ORIGIN = { 'Access-Control-Allow-Origin': '*' }

/** The answer to a preflight request. Deferrable is missing from the list at Neon, too. */
export const PREFLIGHT = {
  ...ANY_ORIGIN,
  Allow: 'OPTIONS, POST',
  'Access-Control-Max-Age': '86400',
  'Access-Control-Allow-Headers': [
    ...['Authorization', 'Neon-Connection-String', 'Neon-Raw-Text-Output', 'Neon-Array-Mode'],
    ...['Neon-Pool-Opt-In', 'Neon-Batch-Read-Only', 'Neon-Batch-Isolation-Level'],
  ].join(', '),
}
