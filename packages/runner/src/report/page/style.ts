/** The report's style: light and dark by the reader's preference, one column on a narrow screen. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --back: #f4f5f7; --ink: #1c2127; --faint: #5c6670; --rule: #d8dce1; --accent: #b3391f; --good: #1d7a4c; --bad: #b3391f; --quiet: #8a6100 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #171a1f; --back: #0f1114; --ink: #e6e8eb; --faint: #a0a8b2; --rule: #31373f; --accent: #ff9270; --good: #63c795; --bad: #ff9270; --quiet: #e3b75a }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif }
header, main, footer { max-width: 1400px; margin: 0 auto; padding: 0 clamp(12px, 3vw, 32px) }
header { padding-top: 36px }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em }
h2 { font-size: 22px; margin: 44px 0 12px; padding-top: 12px; border-top: 2px solid var(--ink) }
h3 { font-size: 17px; margin: 28px 0 10px }
h4 { font-size: 14px; margin: 18px 0 8px; overflow-wrap: anywhere }
p { max-width: 74ch; margin: 8px 0 }
a { color: var(--accent) }
.line { font: 15px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; color: var(--faint) }
code, pre { font: 13px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; margin: 16px 0 0 }
.skip { position: absolute; left: -999px } .skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 6px 10px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.facts { display: flex; flex-wrap: wrap; background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; margin: 20px 0 }
.facts div { flex: 1 1 172px; padding: 12px 14px; box-shadow: 0 0 0 0.5px var(--rule) } .facts dt { color: var(--faint); font-size: 12px }
.facts dd { margin: 2px 0 0; font-size: 19px; font-weight: 600; overflow-wrap: anywhere } .facts small { display: block; font-size: 12px; font-weight: 400; color: var(--faint) }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 14px; align-items: start }
.wide { grid-column: 1 / -1 }
.scroll, .picture { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; overflow: auto; margin: 0 }
.picture svg { display: block; max-width: none; height: auto }
.scroll { max-height: 36rem; margin: 12px 0 }
.scroll.free { max-height: none }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
caption { text-align: left; padding: 10px 12px 4px; color: var(--faint); font-size: 12.5px }
th, td { padding: 5px 12px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--rule); white-space: nowrap }
tbody tr:last-child > * { border-bottom: 0 } tbody tr:hover { background: var(--back) }
thead th { position: sticky; top: 0; background: var(--paper); font-weight: 600; box-shadow: inset 0 -1px var(--rule); z-index: 1 }
th.text, td.text { text-align: left } td.prose { white-space: normal; text-align: left; min-width: 26ch; max-width: 70ch; overflow-wrap: anywhere }
tbody th { font-weight: 500; text-align: left }
th button { all: unset; cursor: pointer } th button:focus-visible { outline: 2px solid var(--accent) }
th button::after { content: ' ↕'; color: var(--faint); opacity: .55 } th[aria-sort=ascending] button::after { content: ' ↑'; opacity: 1 } th[aria-sort=descending] button::after { content: ' ↓'; opacity: 1 }
td small { color: var(--faint) } .failed { color: var(--bad); font-weight: 600 } .absent { color: var(--quiet); font-weight: 600 }
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 10px; list-style: none; padding: 0; margin: 0 }
.strip figure { margin: 0; background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; height: 100% }
.strip img { display: block; width: 100%; height: auto; background: #808080 }
.strip figcaption { padding: 6px 9px 8px; font-size: 12.5px; line-height: 1.35 } .strip b { display: block; overflow-wrap: anywhere } .strip span { font-variant-numeric: tabular-nums } .strip small { display: block; color: var(--faint) }
.change { color: var(--quiet) }
dl.terms { display: grid; grid-template-columns: minmax(120px, max-content) 1fr; gap: 10px 20px; margin: 12px 0 } dl.terms dt { font-weight: 600 } dl.terms dd { margin: 0; max-width: 74ch }
sub { font-size: .72em; line-height: 0 }
var { font-family: Georgia, 'Times New Roman', serif }
.formula { display: block; font-family: Georgia, 'Times New Roman', serif; font-size: 16px; margin-bottom: 2px }
details { margin: 12px 0 } summary { cursor: pointer; font-weight: 600 }
pre { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 12px; overflow: auto; max-height: 30rem }
footer { color: var(--faint); font-size: 13px; padding-top: 32px; padding-bottom: 40px }
@media (max-width: 640px) { dl.terms { grid-template-columns: 1fr; gap: 2px } dl.terms dd { margin-bottom: 12px } h1 { font-size: 25px } .facts div { flex-basis: 128px; padding: 9px 12px } .strip { grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)) } }
@media print { body { background: #fff } .scroll { max-height: none } }
`

/** Sorts a table by the column whose heading was pressed; rows without a value stay last. */
export const SCRIPT = `
for (const button of document.querySelectorAll('th button')) button.addEventListener('click', () => {
  const heading = button.closest('th'), table = heading.closest('table'), body = table.tBodies[0], at = heading.cellIndex
  const down = heading.getAttribute('aria-sort') === 'ascending'
  for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort')
  heading.setAttribute('aria-sort', down ? 'descending' : 'ascending')
  const value = (row) => row.cells[at].dataset.value ?? row.cells[at].textContent.trim()
  const compare = (a, b) => isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b
  const rows = [...body.rows].map((row) => [value(row), row])
  rows.sort(([a], [b]) => (a === '') - (b === '') || (down ? compare(b, a) : compare(a, b)))
  body.append(...rows.map(([, row]) => row))
})
`
