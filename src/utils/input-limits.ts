/** The most that a request may bring, whatever the route. docs/errors.md has the same table, with the answers. */
export const INPUT_LIMITS = {
  /** Of the whole address. The least that every server should take is 8,000 (RFC 9110 section 4.1). */
  urlCharacters: 8_192,
  /** Of all names and values together. */
  headerBytes: 16_384,
  tokenCharacters: 8_192,
  bodyBytes: 16_384,
  /** How deep objects and arrays stand in one another. */
  jsonLevels: 8,
  /** Members of one object or array. */
  jsonMembers: 100,
  formFields: 100,
} as const
