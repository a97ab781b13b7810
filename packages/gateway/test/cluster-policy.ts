import type { MakePolicy } from '../src/index.ts';

/** Lets everybody pass that the first process lets, and tells it of each answer. */
const makePolicy: MakePolicy = ({ data, ask, tell }) => ({
  admission: {
    async admit({ headers, route }) {
      if (headers['x-ask'] !== undefined && (await ask(headers['x-ask'])) !== 'yes') return { do: 'hide' };
      return { do: 'pass', add: { 'x-pid': String(process.pid), 'x-data': String(data), 'x-route': route.id } };
    },
  },
  observer: { watch: ({ id }) => ({ end: ({ status, complete }) => tell({ id, status, complete }) }) },
});
export default makePolicy;
