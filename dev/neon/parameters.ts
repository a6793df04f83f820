import { Buffer } from 'node:buffer'
import type { Cell } from './backend.ts'

/** A number of the request, kept as it was written. A double would lose digits of an int8. */
export class NumberText {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

const I64 = [-(2n ** 63n), 2n ** 64n - 1n] as const

/** Writes a double as the proxy does, always with a point or an exponent. */
function doubleText(value: number): string {
  const [mantissa = '', power = '0'] = value.toExponential().split('e')
  const sign = mantissa.startsWith('-') || Object.is(value, -0) ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '')
  const point = Number(power) + 1
  if (value === 0) return `${sign}0.0`
  if (point > 0 && point <= 16) {
    const padded = digits.padEnd(point, '0')
    return `${sign}${padded.slice(0, point)}.${padded.slice(point) || '0'}`
  }
  if (point > -5 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${sign}${digits.charAt(0)}${fraction}e${point - 1}`
}

/** Returns the text that Postgres receives for a number. Throws if it does not fit a double. */
export function numberText(source: string): string {
  if (/^-?\d+$/.test(source) && source !== '-0') {
    const integer = BigInt(source)
    if (integer >= I64[0] && integer <= I64[1]) return String(integer)
  }
  const value = Number(source)
  if (!Number.isFinite(value)) throw new RangeError('number out of range')
  return doubleText(value)
}

const byBytes = ([one]: [string, unknown], [other]: [string, unknown]) =>
  Buffer.compare(Buffer.from(one), Buffer.from(other))

function jsonText(value: unknown): string {
  if (value instanceof NumberText) return numberText(value.source)
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(byBytes)
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`
}

function arrayText(items: unknown[]): string {
  const element = (item: unknown): string => {
    if (item === null) return 'NULL'
    if (Array.isArray(item)) return arrayText(item)
    const text = jsonText(item)
    return typeof item === 'object' && !(item instanceof NumberText) ? JSON.stringify(text) : text
  }
  return `{${items.map(element).join(',')}}`
}

/** Turns a JSON value of the request into the untyped text parameter that Postgres receives. */
export function parameter(value: unknown): Cell {
  if (value === null || typeof value === 'string') return value
  return Array.isArray(value) ? arrayText(value) : jsonText(value)
}
