const FLUSH_MILLISECONDS = 100

/**
 * Writes lines to standard output a bundle at a time, so that no request waits for a system call; what is still held
 * when the process ends is written then.
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
