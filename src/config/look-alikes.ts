/** Shorter names are too near to those of other programs: HOME is not HOST. */
const MIN_CHARACTERS = 8
/** Two slips in a name as short as this are no slips. */
const MIN_CHARACTERS_FOR_TWO = 12

/**
 * Returns a line for each variable that is none of the known ones, but was probably meant to be one that is not set: a
 * known name in another case, or with a slip or two.
 */
export function lookAlikes(given: Record<string, unknown>, known: string[]): string[] {
  const missing = known.filter((name) => !given[name])
  return Object.keys(given).flatMap((name) => {
    if (known.includes(name)) return []
    const meant = missing.find((one) => isMeant(name, one))
    return meant === undefined ? [] : [`${name}: is not known; ${meant} may be meant`]
  })
}

function isMeant(name: string, known: string): boolean {
  const upper = name.toUpperCase()
  if (upper === known) return true
  if (known.length < MIN_CHARACTERS) return false
  const most = known.length < MIN_CHARACTERS_FOR_TWO ? 1 : 2
  return Math.abs(upper.length - known.length) <= most && slips(upper, known) <= most
}

/** The edit distance: characters that are missing, added, wrong, or swapped with their neighbour. */
function slips(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1]
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      rows[i]?.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (isSame ? 0 : 1),
          isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return at(one.length, other.length)
}
