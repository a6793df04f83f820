/** Returns a QR code as SVG. What makes it is loaded with the first one, so that no start pays for it. */
export async function qrCode(text: string): Promise<string> {
  const { renderSVG } = await import('uqr')
  return renderSVG(text, { border: 4, ecc: 'M' })
}
