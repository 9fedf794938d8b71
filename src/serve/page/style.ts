/** The page's style: light and dark by the reader's choice, narrow screens. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --panel: #f6f7f9; --line: #dfe3e8; --text: #1b2430; --dim: #5b6775; --link: #0b5cad; --button: #0b5cad; --on-button: #fff;
  --ok: #1a7f4b; --failed: #c2321f; --skipped: #8a6d00; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161c; --panel: #1b2129; --line: #313a46; --text: #e4e9ef; --dim: #9aa7b5; --link: #7cb8f5; --button: #2b6cb0; --on-button: #fff;
  --ok: #4cc38a; --failed: #ff7a66; --skipped: #e0b341; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 80rem; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; padding: 1rem 0; border-bottom: 1px solid var(--line); margin-bottom: 1.25rem; }
.brand { font-size: 1.35rem; font-weight: 700; color: var(--text); } nav { margin-left: auto; }
main:focus { outline: none; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; background: var(--bg); padding: .5rem; z-index: 1; }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; overflow-wrap: anywhere; } h2 { margin: 2rem 0 .6rem; font-size: 1.1rem; } h2 small { color: var(--dim); font-weight: 400; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.chip, .state { display: inline-block; padding: .05rem .6rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .85rem; color: var(--dim); white-space: nowrap; }
.state.running, .state.open { color: var(--ok); border-color: currentcolor; } .state.paused { color: var(--skipped); border-color: currentcolor; } .state.cancelled { color: var(--failed); border-color: currentcolor; }
.chip.bad { color: var(--failed); border-color: currentcolor; }
.warn { margin: 0 0 1rem; padding: .6rem .9rem; border-left: 4px solid var(--failed); background: var(--panel); overflow-wrap: anywhere; }
.note { margin: .25rem 0; color: var(--dim); overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.8rem, 1fr)); gap: .75rem; margin: 1rem 0 0; }
.cards div { padding: .6rem .9rem; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; }
.cards dt { color: var(--dim); font-size: .85rem; } .cards dd { margin: 0; font-size: 1.35rem; font-weight: 650; } .cards small { display: block; font-size: .8rem; font-weight: 400; color: var(--dim); min-height: 1.2em; }
.ok { color: var(--ok); } .failed { color: var(--failed); } .skipped { color: var(--skipped); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .7rem; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; } thead th, thead th.n { background: var(--panel); font-size: .85rem; color: var(--dim); white-space: nowrap; } tbody th { font-weight: 600; }
.n { text-align: right; white-space: nowrap; } .text { overflow-wrap: anywhere; min-width: 12rem; } .dim { color: var(--dim); }
td.n.ok, td.n.failed, td.n.skipped { font-weight: 600; } td.zero { color: var(--dim); font-weight: 400 !important; }
.bar { display: flex; height: .55rem; min-width: 8rem; border-radius: .3rem; overflow: hidden; background: var(--line); } .bar i { display: block; }
.bar .ok { background: var(--ok); } .bar .failed { background: var(--failed); } .bar .skipped { background: var(--skipped); }
.progress small { color: var(--dim); } .big .bar { height: .8rem; margin: 1rem 0 .25rem; }
button, .button { display: inline-block; padding: .4rem .9rem; font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; cursor: pointer; }
.button:hover { text-decoration: none; } button:disabled { opacity: .5; cursor: default; }
.primary { background: var(--button); border-color: var(--button); color: var(--on-button); } .danger { color: var(--failed); border-color: currentcolor; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 0; }
input, select, textarea { width: 100%; padding: .45rem .6rem; font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: .4rem; }
textarea { font-family: ui-monospace, monospace; font-size: .9rem; resize: vertical; }
form.panel { max-width: 46rem; } .fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0 1rem; }
label { display: block; margin: .8rem 0 0; } label span { display: block; font-weight: 600; } label small { display: block; color: var(--dim); }
.filter { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 .6rem; } .filter input { flex: 1 1 14rem; width: auto; } .filter select { flex: 0 0 auto; width: auto; }
.options { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; } .options dt { color: var(--dim); } .options dd { margin: 0; overflow-wrap: anywhere; }
dialog { max-width: 30rem; color: inherit; background: var(--bg); border: 1px solid var(--line); border-radius: .6rem; } dialog h2 { margin-top: 0; overflow-wrap: anywhere; } dialog::backdrop { background: rgb(0 0 0 / .5); } dialog .actions { justify-content: flex-end; }
@media (max-width: 48rem) {
  body { padding: 0 .9rem 3rem; } .cards { grid-template-columns: repeat(2, 1fr); gap: .5rem; } .options { grid-template-columns: 1fr; } .options dd { margin-bottom: .4rem; }
  .scroll { border: 0; overflow: visible; } thead { position: absolute; clip-path: inset(50%); }
  tbody tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: .1rem .75rem; padding: .6rem .8rem; margin-bottom: .6rem; border: 1px solid var(--line); border-radius: .5rem; }
  tbody tr > * { display: block; min-width: 0; padding: 0; border: 0; text-align: left; } tbody tr > .wide { grid-column: 1 / -1; } tbody tr > .n { text-align: left; white-space: normal; }
  tbody tr > *[data-label]::before { content: attr(data-label); display: block; font-size: .75rem; font-weight: 400; color: var(--dim); } tbody tr > *:empty { display: none; }
}
@media (prefers-reduced-motion: no-preference) { .bar i { transition: width .5s; } }
`;
