/**
 * True if an Accept header prefers HTML to JSON (RFC 9110 section 12.5.1), as browsers do. Programs that accept anything
 * get JSON.
 */
export function prefersHtml(accept = ''): boolean {
  const ranges = accept.split(',').map(rangeOf)
  return quality(ranges, 'text/html') > quality(ranges, 'application/json')
}

/**
 * The one of these languages that an Accept-Language header prefers (RFC 9110 section 12.5.4), or undefined if it names
 * none. A range with a region, such as de-AT, stands for its language.
 */
export function preferredLanguage<Language extends string>(
  acceptLanguage = '',
  languages: readonly Language[],
): Language | undefined {
  const wanted = acceptLanguage
    .split(',')
    .map(rangeOf)
    .filter(({ weight }) => weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ type }) => type.split('-')[0])
  const first = wanted.find((one) => languages.some((language) => language === one))
  return languages.find((language) => language === first)
}

type Range = { type: string; weight: number }

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.toLowerCase().split(';')
  const weight = parameters.map((parameter) => parameter.trim()).find(isWeight)
  return { type: type.trim(), weight: weight ? Number(weight.slice(2)) : 1 }
}

function isWeight(parameter: string): boolean {
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(parameter)
}

/** The weight of the most specific range that covers a type, 0 if none does. */
function quality(ranges: Range[], type: string): number {
  const [group] = type.split('/')
  for (const candidate of [type, `${group}/*`, '*/*']) {
    const found = ranges.find((range) => range.type === candidate)
    if (found) return found.weight
  }
  return 0
}
