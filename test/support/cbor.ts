export type Encodable = number | string | Uint8Array | Map<number | string, Encodable>

const encoder = new TextEncoder()

/** Writes CBOR as authenticators do: numbers as short as can be, members in the order of the map. */
export function encodeCbor(value: Encodable): number[] {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') {
    const bytes = encoder.encode(value)
    return [...head(3, bytes.length), ...bytes]
  }
  if (value instanceof Uint8Array) return [...head(2, value.length), ...value]
  const members = [...value].flatMap(([key, member]) => [...encodeCbor(key), ...encodeCbor(member)])
  return [...head(5, value.size), ...members]
}

function head(major: number, argument: number): number[] {
  const type = major << 5
  if (argument < 24) return [type | argument]
  if (argument < 0x100) return [type | 24, argument]
  return [type | 25, argument >> 8, argument & 255]
}
