/** The style of the page. It supports light and dark mode, narrow screens and print. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --panel: #f6f7f9; --line: #dfe3e8; --text: #1b2430; --dim: #5b6775; --link: #0b5cad;
  --ok: #1a7f4b; --failed: #c2321f; --skipped: #8a6d00; --bar: #4b7bb5; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161c; --panel: #1b2129; --line: #313a46; --text: #e4e9ef; --dim: #9aa7b5; --link: #7cb8f5;
  --ok: #4cc38a; --failed: #ff7a66; --skipped: #e0b341; --bar: #6c9bd4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 76rem; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.25rem 0 .6rem; font-size: 1.15rem; } h2 small { color: var(--dim); font-weight: 400; }
.facts { margin: .25rem 0 1.25rem; color: var(--dim); } .facts b { color: var(--text); font-weight: 600; }
.warn { padding: .6rem .9rem; border-left: 4px solid var(--failed); background: var(--panel); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 0; }
.cards div { padding: .7rem .9rem; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
.cards dt { color: var(--dim); font-size: .85rem; } .cards dd { margin: 0; font-size: 1.45rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.ok { color: var(--ok); } .failed { color: var(--failed); } .skipped, .known { color: var(--skipped); } td.result small { font-weight: 400; }
.share { display: flex; height: .7rem; margin: 1rem 0 0; border-radius: .35rem; overflow: hidden; background: var(--line); }
.share i { display: block; } .share .ok { background: var(--ok); } .share .failed { background: var(--failed); } .share .skipped { background: var(--skipped); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 0 2rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .35rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child td { border-bottom: 0; } thead th { background: var(--panel); font-size: .85rem; color: var(--dim); white-space: nowrap; }
th.n, td.n { text-align: right; white-space: nowrap; } td.url { width: 46%; min-width: 16rem; overflow-wrap: anywhere; } td.from, td.why { color: var(--dim); overflow-wrap: anywhere; }
td.from { min-width: 7.5rem; } td.page { min-width: 13rem; } td.why { min-width: 12rem; }
table.rows { table-layout: fixed; min-width: 60rem; } .more { content-visibility: auto; contain-intrinsic-size: auto 4500px; } .more thead { visibility: collapse; }
col.url { width: 34%; } col.result { width: 7.5rem; } col.figure { width: 5.5rem; } col.from { width: 26%; } .more tbody tr:first-child td { border-top: 1px solid var(--line); }
td.result { white-space: nowrap; font-weight: 600; } a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
thead button { all: unset; cursor: pointer; } thead button:focus-visible, input:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
th[aria-sort=ascending] button::after { content: " \\25b2"; } th[aria-sort=descending] button::after { content: " \\25bc"; }
.meter { display: inline-block; width: 8rem; max-width: 30vw; height: .6rem; background: var(--line); border-radius: .3rem; overflow: hidden; vertical-align: middle; }
.meter i { display: block; height: 100%; background: var(--bar); } .meter i.ok { background: var(--ok); } .meter i.failed { background: var(--failed); } .meter i.skipped { background: var(--skipped); }
.search { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin: 1.5rem 0 0; } .search[hidden] { display: none; }
.search input { flex: 1 1 16rem; padding: .5rem .7rem; font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
.histogram { display: flex; align-items: flex-end; gap: 4px; height: 11rem; padding-top: 1.2rem; }
.histogram div { flex: 1; min-width: 0; display: flex; flex-direction: column; justify-content: flex-end; height: 100%; text-align: center; font-size: .75rem; color: var(--dim); }
.histogram i { display: block; min-height: 1px; background: var(--bar); border-radius: 3px 3px 0 0; } .histogram span { white-space: nowrap; }
pre { margin: 0; padding: .7rem .9rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; font-size: .9rem; }
.note { color: var(--dim); } footer { margin-top: 3rem; color: var(--dim); font-size: .85rem; }
@media (max-width: 44rem) { body { padding: 1rem .75rem 3rem; } table.rows { display: block; min-width: 0; } table.rows thead { display: none; } table.rows tbody { display: block; }
  table.rows tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .5rem .7rem; border-bottom: 1px solid var(--line); } table.rows td { padding: 0; border: 0; min-width: 0; }
  table.rows td.url, table.rows td.from, table.rows td.why { flex: 1 0 100%; width: auto; } table.rows tr[hidden] { display: none; } table.rows td:empty { display: none; } }
@media print { body { max-width: none; padding: 0; font-size: 11px; } .search { display: none !important; } .scroll { overflow: visible; } a { color: inherit; }
  tr, .cards div { break-inside: avoid; } thead { display: table-header-group; } }
`;
