/** The one style of all pages. Colors are variables, which an accent replaces. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1d2733; --dim: #5a6775; --line: #dfe4ea; --edge: #7d8a97;
  --page: #f5f7f9; --card: #fff; --field: #fff; --link: #0b62c4; --on-link: #fff; --error: #b3261e; --error-page: #fdf1f0;
  --good: #1a6b3c; --good-page: #eef8f2 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaef; --dim: #9aa7b4; --line: #323b45; --edge: #6f7c89; --page: #14181d; --card: #1c2229;
    --field: #14181d; --link: #7ab4ff; --on-link: #10151b; --error: #ff9d94; --error-page: #33201f; --good: #7fd6a3; --good-page: #1b2d24 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 44rem; margin: 0 auto; padding: 2.5rem 1rem }
main.narrow { max-width: 29rem; padding-top: clamp(1.5rem, 9vh, 6rem) }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; text-wrap: balance }
h1 small { font-size: 0.9rem; font-weight: 400; color: var(--dim); white-space: nowrap }
h2 { margin: 2rem 0 0.5rem; font-size: 1.05rem }
p { margin: 0.5rem 0 1.5rem; color: var(--dim) }
a { color: var(--link) }
nav { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-bottom: 2rem }
nav a, a.button, button { padding: 0.6rem 1.1rem; border: 1px solid var(--link); border-radius: 0.5rem;
  text-decoration: none }
nav a:first-child, a.button, button { background: var(--link); color: var(--on-link) }
a.button, button { display: inline-block; font: inherit; font-weight: 600; text-align: center; cursor: pointer }
button.quiet, a.quiet { background: none; color: var(--text); border-color: var(--edge) }
button.danger { background: none; color: var(--error); border-color: var(--error) }
button.plain { padding: 0; border: 0; border-radius: 0.2rem; background: none; color: var(--link); font-weight: 400;
  text-decoration: underline }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
@media (prefers-reduced-motion: no-preference) {
  a, button, input { transition: border-color 0.15s, filter 0.15s }
}
button:hover, a.button:hover { filter: brightness(1.08) }
button.quiet:hover, a.quiet:hover { border-color: var(--link); filter: none }
ul, .card { margin: 0; padding: 0; list-style: none; background: var(--card); border: 1px solid var(--line);
  border-radius: 0.75rem }
li { padding: 0.75rem 1rem }
li + li { border-top: 1px solid var(--line) }
li a { font-weight: 600 }
code { font: 600 0.9rem/1.4 ui-monospace, monospace }
code b { display: inline-block; min-width: 4.2rem; color: var(--dim); font-weight: 600 }
summary { padding: 1.25rem 1rem; color: var(--dim); cursor: pointer }
li span { display: block; color: var(--dim); font-size: 0.9rem }
.card { padding: 1.5rem }
.narrow .card { padding: 2rem; box-shadow: 0 1px 2px #0000000a, 0 8px 24px #0000000d }
.card > :last-child, .card form > :last-child { margin-bottom: 0 }
.card + .card { margin-top: 1.5rem }
.card h1 { font-size: 1.5rem }
.card h1 + form { margin-top: 1.25rem }
.narrow .card form + form { margin-top: 1.25rem }
.narrow details { margin-top: 1.25rem; border-top: 1px solid var(--line) }
.narrow summary { padding: 1rem 0 0 }
.narrow details form { margin-top: 1rem }
.card h2 { margin-top: 0 }
.narrow .card h2 { margin-top: 1.5rem }
.narrow .card button, .narrow .card a.button { display: block; width: 100% }
.narrow .card button.plain { display: inline; width: auto }
.brand { display: flex; align-items: center; gap: 0.75rem; margin: 0 0 1.25rem; font-weight: 600; color: var(--text) }
.narrow .brand { justify-content: center; font-size: 1.1rem }
.brand img { display: block; max-width: 10rem; max-height: 2.5rem }
label { display: block; font-weight: 600; font-size: 0.95rem }
input { display: block; width: 100%; margin: 0.35rem 0 0; padding: 0.65rem 0.75rem; color: inherit;
  font: inherit; background: var(--field); border: 1px solid var(--edge); border-radius: 0.5rem }
input[aria-invalid] { border-color: var(--error) }
input[type=checkbox], input[type=radio] { display: inline-block; width: auto; margin: 0 0.5rem 0 0 }
.field { margin-bottom: 1.15rem }
.hint, .error { margin: 0.4rem 0 0; font-size: 0.9rem; line-height: 1.4 }
.error { color: var(--error); font-weight: 500 }
.notice { margin: 1rem 0 1.25rem; padding: 0.75rem 1rem; border-radius: 0.5rem; color: var(--good);
  background: var(--good-page); border: 1px solid currentColor }
.notice.bad { color: var(--error); background: var(--error-page) }
.or { display: flex; align-items: center; gap: 0.75rem; margin: 1.25rem 0; color: var(--dim); font-size: 0.9rem }
.or::before, .or::after { content: ''; flex: 1; border-top: 1px solid var(--line) }
.stack { display: grid; gap: 0.75rem }
.stack > .or { margin: 1.25rem 0 0.5rem }
.aside { margin: -0.5rem 0 1.25rem; font-size: 0.9rem }
.foot { margin: 1.25rem 0 0; text-align: center }
.foot p { margin: 0 0 0.4rem }
.wide .card { margin-bottom: 1.25rem; padding: 1.25rem 1.5rem }
.wide h1 { margin-bottom: 0.75rem; font-size: 1.6rem }
.wide .card p { margin-bottom: 0.75rem }
.wide .card > :last-child { margin-bottom: 0 }
.wide details form > p { margin: 0 0 0.75rem }
nav.tabs { gap: 0 clamp(0.9rem, 4vw, 1.5rem); border-bottom: 1px solid var(--line) }
nav.tabs a { padding: 0.5rem 0; border: 0; border-bottom: 3px solid transparent; border-radius: 0; background: none;
  color: var(--dim) }
nav.tabs a:hover { color: var(--text) }
nav.tabs [aria-current] { border-color: var(--link); color: var(--text) }
.row { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.5rem 1rem; margin-bottom: 1.25rem }
.row p { margin: 0 }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1.25rem; margin: 1rem 0 0 }
.wide details { margin: 0.75rem 0 }
.wide summary { padding: 0; color: var(--link); text-decoration: underline }
.wide details form { margin-top: 0.75rem; padding: 1rem; border: 1px solid var(--line); border-radius: 0.5rem }
.card .rows { border: 0; border-radius: 0 }
.rows li { padding: 0.75rem 0 }
.tag { margin-left: 0.5rem; color: var(--good); font-style: normal; font-size: 0.9rem }
.qr { display: block; margin: 1rem 0; padding: 0.75rem; background: #fff; border: 1px solid var(--line); border-radius: 0.5rem }
.codes { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.25rem 1.5rem; list-style: none }
.codes li { padding: 0.25rem 0; border: 0 }
.codes code { font-size: 1.05rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 1rem 0 }
dt { color: var(--dim) }
dd { margin: 0 }
pre { margin: 0; padding: 1rem; white-space: pre-wrap; font: 0.9rem/1.5 ui-monospace, monospace;
  background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem }
iframe { display: block; width: 100%; height: 38rem; border: 1px solid var(--line); border-radius: 0.75rem }
/* A form whose only part is for scripts takes no room without them. */
.card > form > [data-passkey] { margin-bottom: 1.25rem }
[hidden] { display: none !important }
@media (max-width: 30rem) { .narrow .card { padding: 1.5rem 1.25rem } }
`
