/** The style sheet of HTML pages: nothing in it is loaded from elsewhere. */
export const style = `
:root { color-scheme: light dark; --text: #1b1f24; --dim: #57606a; --paper: #fff; --line: #d0d7de; --soft: #f6f8fa; --bad: #b42318; --warn: #8a5300; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --line: #30363d; --soft: #161b22; --bad: #ff8178; --warn: #e3b341; --good: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 16px; }
h2 { font-size: 19px; margin: 32px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h1, h2, p, li, td, th { overflow-wrap: anywhere; }
.note { border-left: 4px solid var(--dim); background: var(--soft); padding: 8px 12px; }
.note.bad { border-color: var(--bad); }
.note.warn { border-color: var(--warn); }
.note.good { border-color: var(--good); }
.counts { display: flex; flex-wrap: wrap; gap: 10px; padding: 0; list-style: none; }
.counts li { flex: 1 1 130px; max-width: 260px; border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
.counts b { display: block; font-size: 24px; line-height: 1.2; }
.counts span { color: var(--dim); }
.bad b, td.bad { color: var(--bad); }
.warn b, td.warn { color: var(--warn); }
.good b, td.good { color: var(--good); }
td.bad, td.warn, td.good { font-weight: 600; }
table { width: 100%; border-collapse: collapse; margin: 10px 0 20px; font-size: 14px; }
th { text-align: left; color: var(--dim); font-weight: 600; }
th, td { min-width: 11em; border-bottom: 1px solid var(--line); padding: 6px 10px 6px 0; vertical-align: top; white-space: pre-wrap; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 12px; overflow-x: auto; font-size: 13px; }
@media (max-width: 700px) {
  main { padding: 14px; }
  thead { display: none; }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; margin-bottom: 10px; }
  td { border: 0; padding: 3px 0; min-width: 0; }
  td::before { content: attr(data-label); display: block; color: var(--dim); font-size: 12px; font-weight: 400; }
}
@media print {
  :root { color-scheme: light; --text: #000; --dim: #444; --paper: #fff; --line: #bbb; --soft: #fff; --bad: #a00; --warn: #740; --good: #060; }
  main { max-width: none; padding: 0; }
  body { font-size: 11px; }
  table { font-size: 10px; }
  tr, pre, .counts li { break-inside: avoid; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
  pre { white-space: pre-wrap; }
}
`;
