/** A public list of the passwords that were in leaks. */
export type Breaches = {
  /** True for a password that is on the list. False, and a line in the log, where that is not known in time. Never throws. */
  include: (password: string) => Promise<boolean>
}
