import Bowser from 'bowser'

/** What a person recognises a device by. A field is null if the header does not tell it. */
export type UserAgent = { browser: string | null; os: string | null; device: string | null }

/** Reads browser, system and kind of device from a User-Agent header, which may hold anything. */
export function parseUserAgent(header: string | null): UserAgent {
  if (!header) return { browser: null, os: null, device: null }
  const { browser, os, platform } = Bowser.parse(header)
  return {
    browser: joined(browser.name, browser.version?.split('.')[0]),
    os: joined(os.name, os.versionName ?? os.version),
    device: platform.type || null,
  }
}

function joined(name: string | undefined, version: string | undefined): string | null {
  return name ? [name, version].filter(Boolean).join(' ') : null
}
