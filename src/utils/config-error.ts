/** Names every wrong variable at once. It never shows a value, because a value may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  /** `faults` are lines such as `PORT: must be a whole number`. */
  static of(faults: Iterable<string>): ConfigError {
    return new ConfigError(
      ['The configuration cannot be used:', ...[...faults].map((fault) => `  ${fault}`)].join('\n'),
    )
  }
}
