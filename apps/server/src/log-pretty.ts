import { z } from 'zod';

const line = z.looseObject({ level: z.string(), time: z.string(), msg: z.string().optional(), error: z.unknown().optional() });

/** A JSON log line as one line for people: `08:00:01 WARN  text  container=abc`. */
export function prettyLine(json: string): string {
  const { level, time, msg = '', error, ...fields } = line.parse(JSON.parse(json));
  const facts = Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const why = error === undefined ? [] : [reason(error)];
  return `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${[msg, ...why].join(': ')}${facts.length > 0 ? `  ${facts.join(' ')}` : ''}\n`;
}

function reason(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return JSON.stringify(error);
  return 'hint' in error ? `${String(error.message)}. ${String(error.hint)}` : String(error.message);
}
