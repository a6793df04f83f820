/** The CORS header of every answer, including errors. */
export const ANY_ORIGIN = { 'Access-Control-Allow-Origin': '*' }

/** The headers that answer a preflight request. Neon's list lacks Deferrable too. */
export const PREFLIGHT = {
  ...ANY_ORIGIN,
  Allow: 'OPTIONS, POST',
  'Access-Control-Max-Age': '86400',
  'Access-Control-Allow-Headers': [
    ...['Authorization', 'Neon-Connection-String', 'Neon-Raw-Text-Output', 'Neon-Array-Mode'],
    ...['Neon-Pool-Opt-In', 'Neon-Batch-Read-Only', 'Neon-Batch-Isolation-Level'],
  ].join(', '),
}
