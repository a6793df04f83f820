const FLUSH_MILLISECONDS = 100

/**
 * Writes lines to standard output in batches, so that no request waits for a system call. Writes the rest when the
 * process ends.
 */
export function createLogWriter(): (line: string) => void {
  let held = ''

  const flush = () => {
    const lines = held
    held = ''
    process.stdout.write(lines)
  }
  process.once('exit', flush)

  return (line) => {
    if (held === '') setTimeout(flush, FLUSH_MILLISECONDS).unref()
    held += `${line}\n`
  }
}
