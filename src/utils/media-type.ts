const TOKEN = "[!#$%&'*+.^_`|~\\w-]+"
const JSON_TYPE = /^application\/json(?=[ \t;]|$)/i
const FORM_TYPE = /^application\/x-www-form-urlencoded(?=[ \t;]|$)/i
/** One parameter, or none after its semicolon (RFC 9110 section 5.6.6). */
const PARAMETER = new RegExp(
  `[ \\t]*;[ \\t]*(?:(${TOKEN})[ \\t]*=[ \\t]*(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?`,
  'y',
)
const UTF_8 = /^utf-?8$/i

/**
 * True for JSON in UTF-8, the only encoding that JSON has (RFC 8259 section 8.1). JSON defines no parameters: a charset
 * must be right, and others are ignored. The time is linear in the length, because anybody may send this header.
 */
export function isJsonInUtf8(contentType: string): boolean {
  return isInUtf8(JSON_TYPE, contentType)
}

/** The same for the fields of a page's form, which have no other encoding either (URL Standard, section 5). */
export function isFormInUtf8(contentType: string): boolean {
  return isInUtf8(FORM_TYPE, contentType)
}

function isInUtf8(wanted: RegExp, contentType: string): boolean {
  const text = contentType.trim()
  const [type] = wanted.exec(text) ?? []
  if (type === undefined) return false
  // One at a time: as one expression the spaces between parameters could be divided in many ways.
  for (let at = type.length; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at
    const parameter = PARAMETER.exec(text)
    if (!parameter || !isUtf8OrOther(parameter)) return false
  }
  return true
}

function isUtf8OrOther([, name = '', token, quoted = '']: RegExpExecArray): boolean {
  if (name.toLowerCase() !== 'charset') return true
  return UTF_8.test(token ?? quoted.replace(/\\(.)/g, '$1'))
}
