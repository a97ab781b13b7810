import { appendFileSync } from 'node:fs';
import type { MakePolicy } from '../src/index.ts';

/** Lets everybody pass, and writes down at once, since its process may be killed, which replica gave no answer to which request. */
const makePolicy: MakePolicy = ({ data }) => ({
  admission: { admit: () => ({ do: 'pass' }) },
  observer: { watch: ({ id }) => ({ end: ({ status, replica }) => status === 502 && appendFileSync(String(data), `${id} ${replica}\n`) }) },
});
export default makePolicy;
