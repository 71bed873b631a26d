/** The look of the page: phone and desktop, light and dark, screen and paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f6f7f9; --ink: #1b2230; --strong: #333c4d; --soft: #566074;
  --grid: #dfe3ea; --line: #d3d9e2; --link: #1f5fbf;
  --blue: #2f6fd6; --green: #12885a; --neither: #7c879a; --failed: #c8281e;
  --good: #0b6b45; --good-back: #e2f5ec; --bad: #a8180f; --bad-back: #fdeae8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151c; --card: #1a2029; --ink: #e8ecf3; --strong: #ccd4e0; --soft: #9aa6b8;
    --grid: #2b3340; --line: #333d4b; --link: #8ab8ff;
    --blue: #6ea4ff; --green: #3fc48b; --neither: #8593a8; --failed: #ff6d60;
    --good: #6fe0ae; --good-back: #12301f; --bad: #ff9a90; --bad-back: #3a1613;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 952px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.3rem; margin: 48px 0 8px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 24px 0 8px; }
p, ul { margin: 8px 0; }
.soft { color: var(--soft); }
.verdict { margin: 16px 0; padding: 12px 16px; border-radius: 8px; border-left: 5px solid; }
.verdict strong { font-size: 1.1rem; }
.verdict.good { color: var(--good); background: var(--good-back); border-color: var(--good); }
.verdict.bad { color: var(--bad); background: var(--bad-back); border-color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; margin: 16px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; display: flex; flex-direction: column; justify-content: space-between; }
.tile dt { color: var(--soft); font-size: 0.85rem; line-height: 1.3; }
.tile dd { margin: 0; font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile.bad dd { color: var(--bad); }
figure { margin: 24px 0; break-inside: avoid; }
figcaption { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: baseline; margin-bottom: 6px; }
.title { font-weight: 650; }
.legend { display: inline-flex; flex-wrap: wrap; gap: 2px 14px; font-size: 0.85rem; color: var(--soft); }
.key::before {
  content: ""; display: inline-block; width: 11px; height: 11px; margin-right: 6px; border-radius: 2px;
  background: currentColor; vertical-align: -1px;
}
.key.blue::before { background: var(--blue); }
.key.green::before { background: var(--green); }
.key.neither::before { background: var(--neither); }
.key.strong::before { background: var(--strong); }
.key.failed::before { background: var(--failed); }
svg.plot { display: block; width: 100%; max-width: 920px; height: auto; color: var(--soft); overflow: visible; }
svg.plot text { white-space: pre; }
svg.narrow { display: none; }
.beside { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 32px; }
.beside > div { min-width: 0; }
details { margin: 8px 0; }
summary { cursor: pointer; color: var(--link); font-size: 0.9rem; }
.scroll { overflow-x: auto; max-width: 100%; margin: 8px 0; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; color: var(--soft); padding: 4px 0; }
th, td { text-align: left; vertical-align: top; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
ul { padding-left: 1.25rem; }
tbody th { font-weight: 500; }
td:not(:last-child), tbody th { white-space: nowrap; }
td:last-child { min-width: 8rem; }
.facts { margin: 0; padding: 0; list-style: none; }
.facts li { min-width: 12rem; }
.facts li { overflow-wrap: anywhere; }
code, .facts span { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.9em; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem; margin: 4px 0; }
.bad-text { color: var(--bad); font-weight: 600; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 760px) {
  main { padding: 16px 16px 48px; }
  h1 { font-size: 1.45rem; }
  svg.wide { display: none; }
  svg.narrow { display: block; }
  .beside { grid-template-columns: 1fr; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 8px; }
  .reflow tr { display: grid; grid-template-columns: 2fr 2fr 3fr; padding: 4px 0; border-bottom: 1px solid var(--line); }
  .reflow th, .reflow td { border: 0; padding: 2px 8px 2px 0; white-space: normal; overflow-wrap: anywhere; }
  .reflow td:last-child { grid-column: 1 / -1; }
  .reflow thead th:last-child { position: absolute; clip-path: inset(50%); }
  .tile dd { font-size: 1.25rem; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --strong: #222; --soft: #444; --grid: #ddd; --line: #bbb;
    --link: #000; --blue: #2f6fd6; --green: #12885a; --neither: #7c879a; --failed: #c8281e;
    --good: #0b6b45; --good-back: #fff; --bad: #a8180f; --bad-back: #fff;
  }
  body { font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  svg.wide { display: block; }
  svg.narrow { display: none; }
  .beside svg { display: block; }
  .beside { grid-template-columns: 1fr 1fr; }
  details:not([open]) { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td, td:not(:last-child), tbody th { padding: 3px 6px 3px 0; white-space: normal; }
  td:last-child { min-width: 0; }
  h2, h3 { break-after: avoid; }
}
`;
