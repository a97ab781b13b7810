import { play } from './against.ts';

// The table of the benchmark, as JSON: `node table.ts SEED...`
console.log(JSON.stringify(play(process.argv.slice(2).map(Number))));
