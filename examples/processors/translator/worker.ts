// Turns texts around. Where a message says so, it answers a word at a time; an empty text it refuses, so that there is something among the dead letters.
import { worker } from '@neb/sdk/worker';
import { z } from 'zod';

const neb = { env: process.env, consumer: process.env['REDIS_CONSUMER'] };
const schema = z.object({ text_to_translate: z.string(), word_by_word: z.boolean().optional() });

const running = worker(neb, schema, async ({ id, content }, { effect, key }) => {
  const { text_to_translate: text, word_by_word: wordByWord } = content;
  console.log(`message ${id}: ${JSON.stringify(text)}`);
  // Trying again would not mend it.
  if (text === '') throw Object.assign(new Error('there is nothing to translate'), { retryable: false });
  // Counted once for each message, however often it is tried.
  effect('INCR', key('translated'));
  return wordByWord ? words(turned(text)) : { translated_text: turned(text) };
});

console.log('waiting for messages');
await running.done;
console.log('drained');

function turned(text: string): string {
  return [...text].reverse().join('');
}

async function* words(text: string): AsyncGenerator<string> {
  for (const word of text.split(/(?<= )/)) yield word;
}
