import Bowser from 'bowser'

/** What a person recognises a device by; null where the header tells nothing. */
export type UserAgent = { browser: string | null; os: string | null; device: string | null }

/** Reads browser, system and kind of device out of a User-Agent header, whatever it holds. */
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
