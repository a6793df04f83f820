/** The JWS algorithms and their parameters (RFC 7518, RFC 8037). */
export const ALGORITHMS = {
  HS256: { kty: 'oct', hash: 'SHA-256', minSecretBytes: 32 },
  HS384: { kty: 'oct', hash: 'SHA-384', minSecretBytes: 48 },
  HS512: { kty: 'oct', hash: 'SHA-512', minSecretBytes: 64 },
  ES256: { kty: 'EC', hash: 'SHA-256', curve: 'P-256' },
  EdDSA: { kty: 'OKP', hash: 'SHA-512', curve: 'Ed25519' },
  RS256: { kty: 'RSA', hash: 'SHA-256', modulusBits: 2048 },
} as const

export type Algorithm = keyof typeof ALGORITHMS

/** True if both sides hold the same secret, which must not be published. */
export function isSymmetric(algorithm: Algorithm): boolean {
  return ALGORITHMS[algorithm]?.kty === 'oct'
}
