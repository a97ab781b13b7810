/** Light and dark as the reader has it, and black on white on paper. */
export const style = `
:root { color-scheme: light dark; --page: #fff; --ink: #1c2024; --dim: #60646c; --rule: #e3e5e9; --asked: #2563a8; --paid: #d98324; }
@media (prefers-color-scheme: dark) { :root { --page: #14161a; --ink: #eceef1; --dim: #9aa0aa; --rule: #2c3038; --asked: #6aa5e8; --paid: #e8a355; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 62rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 3rem 0 0; } h3 { font-size: 1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; color: var(--dim); }
dl { display: flex; flex-wrap: wrap; gap: 1rem 3rem; margin: 1rem 0; } dt { color: var(--dim); } dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.asked { fill: var(--asked); } .paid { fill: var(--paid); } .grid { stroke: var(--rule); } .axis { stroke: var(--dim); }
.tick, .value { fill: var(--dim); font-variant-numeric: tabular-nums; } .name { fill: var(--ink); }
.key span { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .4em 0 1em; } .key span:first-child { margin-left: 0; } .key .asked { background: var(--asked); } .key .paid { background: var(--paid); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--rule); } th { font-weight: 600; }
td:nth-last-child(-n+3), th:nth-last-child(-n+3) { text-align: right; font-variant-numeric: tabular-nums; }
@media print {
  :root { --page: #fff; --ink: #000; --dim: #444; --rule: #ccc; --asked: #2563a8; --paid: #d98324; color-scheme: light; }
  body { padding: 0; max-width: none; font-size: 11px; } rect, .key span { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h3, svg, tr { break-inside: avoid; } h3 { break-after: avoid; }
}`;
