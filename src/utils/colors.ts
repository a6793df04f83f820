type Color = readonly [red: number, green: number, blue: number]

/** What the contrast of text has to be (WCAG 2.2, 1.4.3). */
const ENOUGH = 4.5
const STEPS = 20

/** The contrast of two colors such as #0b62c4, from 1 to 21 (WCAG 2.2). */
export function contrast(one: string, other: string): number {
  const [lighter, darker] = [luminance(parsed(one)), luminance(parsed(other))].sort((a, b) => b - a)
  return ((lighter ?? 0) + 0.05) / ((darker ?? 0) + 0.05)
}

/** Returns the color itself, or what comes of it as it nears the other until it can be read on the background. */
export function readableOn(background: string, color: string, towards: string): string {
  const mixes = Array.from({ length: STEPS + 1 }, (_, step) => mixed(color, towards, step / STEPS))
  return mixes.find((mix) => contrast(mix, background) >= ENOUGH) ?? towards
}

/** Returns the one of these colors that can be read best on the background. */
export function bestOn(background: string, one: string, other: string): string {
  return contrast(one, background) >= contrast(other, background) ? one : other
}

function mixed(one: string, other: string, share: number): string {
  const [from, to] = [parsed(one), parsed(other)]
  const channels = from.map((value, at) => Math.round(value + ((to[at] ?? 0) - value) * share))
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

function luminance(color: Color): number {
  const [red, green, blue] = color.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function parsed(color: string): Color {
  const channel = (at: number) => Number.parseInt(color.slice(at, at + 2), 16)
  return [channel(1), channel(3), channel(5)]
}
