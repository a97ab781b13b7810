// Turns texts around. Where a message says so, it answers a word at a time; an empty text it refuses, so that there is something among the dead letters.
import { worker } from '@neb/streams';

interface Work {
  readonly text_to_translate: string;
  readonly word_by_word?: boolean;
}

const running = worker({ env: process.env, consumer: process.env['REDIS_CONSUMER'] }, async ({ id, content }, { effect, key }) => {
  const { text_to_translate: text, word_by_word: wordByWord } = content as Work;
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
