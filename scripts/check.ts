// Every check of the repository, and all that failed at the end. `node scripts/check.ts [name...]`
import { checkAll } from './checks.ts';

const { passed, failed } = await checkAll((name) => process.argv.length < 3 || process.argv.slice(2).includes(name));
console.log(`\n${passed.length} checks passed, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`);
process.exitCode = failed.length > 0 ? 1 : 0;
