const FONT = 'font-family:-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'
const TEXT = `${FONT};line-height:1.5;overflow-wrap:anywhere;word-break:break-word`

/** Outlook reads it from an attribute. */
export const WIDTH = 560

/** The light colours, in the elements themselves, because some clients drop every style sheet. */
export const STYLES = {
  page: 'margin:0;padding:0;background-color:#f5f7f9',
  hidden: 'display:none;max-height:0;overflow:hidden;mso-hide:all',
  around: 'padding:24px 12px',
  column: `width:100%;max-width:${WIDTH}px;table-layout:fixed`,
  name: `padding:0 4px 16px;${TEXT};font-size:18px;font-weight:600;color:#1d2733`,
  card: 'padding:28px 24px;background-color:#ffffff;border:1px solid #dfe4ea;border-radius:12px',
  paragraph: `margin:0 0 16px;${TEXT};font-size:16px;color:#1d2733`,
  buttonTable: 'margin:8px 0 20px',
  // Outlook knows no padding of links.
  buttonCell: 'border-radius:8px;background-color:#0b62c4;mso-padding-alt:12px 22px',
  button: `display:inline-block;padding:12px 22px;${FONT};font-size:16px;line-height:1.3;font-weight:600;color:#ffffff;text-decoration:none;border-radius:8px`,
  code: `margin:8px 0 20px;${FONT};font-size:32px;line-height:1.3;font-weight:600;letter-spacing:6px;color:#1d2733`,
  small: `margin:0 0 8px;${TEXT};font-size:14px;color:#5a6775`,
  link: 'color:#0b62c4;word-break:break-all',
  facts: 'width:100%;margin:20px 0 0;border-top:1px solid #dfe4ea',
  factName: `padding:12px 16px 0 0;${FONT};font-size:14px;line-height:1.4;color:#5a6775;white-space:nowrap`,
  fact: `padding:12px 0 0;width:100%;${FONT};font-size:14px;line-height:1.4;color:#1d2733;overflow-wrap:anywhere`,
  note: `margin:20px 0 0;${TEXT};font-size:14px;color:#5a6775`,
  footer: `padding:16px 4px 0;${TEXT};font-size:13px;color:#5a6775`,
} as const

/** The dark colours, by class. It has no characters that HTML escapes. */
export const STYLE_SHEET = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #14181d !important; }
  .card { background-color: #1c2229 !important; border-color: #323b45 !important; }
  .text { color: #e6eaef !important; }
  .dim { color: #9aa7b4 !important; }
  .rule { border-color: #323b45 !important; }
  .link { color: #7ab4ff !important; }
  .button-cell { background-color: #7ab4ff !important; }
  .button { color: #10151b !important; }
}
`
