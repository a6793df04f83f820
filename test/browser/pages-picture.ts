import { writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'

const SIZE = { width: 560, height: 760 }
const GAP = 24

type Shot = { colorScheme: 'light' | 'dark'; show: (page: Page) => Promise<unknown> }

/** Takes pictures of pages, each in a browser of its own, and puts them side by side into one file. */
export async function takePicture(browser: Browser, file: string, shots: Shot[]): Promise<void> {
  const taken: string[] = []
  for (const { colorScheme, show } of shots) {
    const context = await browser.newContext({ colorScheme, viewport: SIZE, deviceScaleFactor: 2 })
    const page = await context.newPage()
    await show(page)
    taken.push((await page.screenshot()).toString('base64'))
    await context.close()
  }
  const width = taken.length * SIZE.width + (taken.length - 1) * GAP
  const frame = await browser.newPage({
    viewport: { width, height: SIZE.height },
    deviceScaleFactor: 1.5,
  })
  const style = `body { display: flex; gap: ${GAP}px; margin: 0 } img { width: ${SIZE.width}px; border-radius: 12px }`
  const images = taken.map((data) => `<img src="data:image/png;base64,${data}">`).join('')
  await frame.setContent(`<style>${style}</style>${images}`)
  writeFileSync(file, await frame.screenshot({ omitBackground: true }))
  await frame.close()
}
