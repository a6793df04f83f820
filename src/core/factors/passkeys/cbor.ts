/** A value of CBOR (RFC 8949), as far as authenticators write it. */
export type Cbor = number | string | boolean | null | Uint8Array<ArrayBuffer> | Cbor[] | CborMap
export type CborMap = Map<number | string, Cbor>

/** No attestation, key or extension has more. */
const MAX_LEVELS = 4
const MAX_MEMBERS = 64

/** What is refused. It never leaves this file. */
class NotCbor extends Error {}

type Reader = { bytes: Uint8Array<ArrayBuffer>; at: number }

/**
 * Reads one value in the canonical form of CTAP2: no indefinite lengths, no tags, no floats, numbers as short as can be, no
 * key twice. Returns it and where it ends, or undefined for anything else.
 */
export function readCbor(
  bytes: Uint8Array<ArrayBuffer>,
  at = 0,
): { value: Cbor; end: number } | undefined {
  const reader = { bytes, at }
  try {
    return { value: readValue(reader, 0), end: reader.at }
  } catch (error) {
    if (error instanceof NotCbor) return undefined
    throw error
  }
}

/** Reads a map that all of the bytes are. */
export function cborMap(bytes: Uint8Array<ArrayBuffer>): CborMap | undefined {
  const read = readCbor(bytes)
  return read?.end === bytes.length && read.value instanceof Map ? read.value : undefined
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readValue(reader: Reader, level: number): Cbor {
  if (level > MAX_LEVELS) throw new NotCbor()
  const first = byteOf(reader)
  const kind = KINDS[first >> 5]
  if (!kind) throw new NotCbor()
  return kind(reader, first & 31, level)
}

type Kind = (reader: Reader, info: number, level: number) => Cbor

/** By major type. */
const KINDS: readonly (Kind | undefined)[] = [
  (reader, info) => argumentOf(reader, info),
  (reader, info) => -1 - argumentOf(reader, info),
  (reader, info) => taken(reader, argumentOf(reader, info)),
  (reader, info) => textOf(taken(reader, argumentOf(reader, info))),
  (reader, info, level) =>
    Array.from({ length: countOf(reader, info) }, () => readValue(reader, level + 1)),
  mapOf,
  undefined,
  (_, info) => {
    const simple = SIMPLE.get(info)
    if (simple === undefined) throw new NotCbor()
    return simple
  },
]

const SIMPLE = new Map<number, boolean | null>([
  [20, false],
  [21, true],
  [22, null],
])

function mapOf(reader: Reader, info: number, level: number): CborMap {
  const map: CborMap = new Map()
  for (let left = countOf(reader, info); left > 0; left--) {
    const key = readValue(reader, level + 1)
    if ((typeof key !== 'number' && typeof key !== 'string') || map.has(key)) throw new NotCbor()
    map.set(key, readValue(reader, level + 1))
  }
  return map
}

function countOf(reader: Reader, info: number): number {
  const count = argumentOf(reader, info)
  if (count > MAX_MEMBERS) throw new NotCbor()
  return count
}

/** How many bytes an argument has by its additional information, and the least that needs so many. */
const ARGUMENTS = new Map([
  [24, { size: 1, least: 24 }],
  [25, { size: 2, least: 0x100 }],
  [26, { size: 4, least: 0x1_0000 }],
])

function argumentOf(reader: Reader, info: number): number {
  if (info < 24) return info
  const form = ARGUMENTS.get(info)
  if (!form) throw new NotCbor()
  let argument = 0
  for (let left = form.size; left > 0; left--) argument = argument * 256 + byteOf(reader)
  if (argument < form.least) throw new NotCbor()
  return argument
}

function byteOf(reader: Reader): number {
  const byte = reader.bytes[reader.at++]
  if (byte === undefined) throw new NotCbor()
  return byte
}

function taken(reader: Reader, length: number): Uint8Array<ArrayBuffer> {
  const from = reader.at
  reader.at += length
  if (reader.at > reader.bytes.length) throw new NotCbor()
  return reader.bytes.slice(from, reader.at)
}

function textOf(bytes: Uint8Array<ArrayBuffer>): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new NotCbor()
  }
}
