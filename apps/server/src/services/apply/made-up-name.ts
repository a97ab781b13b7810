import { fraction, type Random } from '@neb/core-types';

const adjectives = [
  'amber', 'bold', 'brisk', 'calm', 'clear', 'crisp', 'dapper', 'deft', 'eager', 'fair', 'fleet', 'fond', 'gentle', 'glad', 'grand', 'hardy',
  'keen', 'kind', 'light', 'lucid', 'lunar', 'mellow', 'merry', 'mild', 'neat', 'nimble', 'noble', 'plucky', 'polar', 'prime', 'proud', 'quick',
  'quiet', 'rapid', 'ready', 'rosy', 'sage', 'sharp', 'solar', 'spry', 'stark', 'steady', 'sunny', 'swift', 'tidy', 'vivid', 'warm', 'wise',
];
const nouns = [
  'aurora', 'beacon', 'brook', 'cinder', 'comet', 'coral', 'cosmos', 'crater', 'delta', 'dune', 'eclipse', 'ember', 'falcon', 'fern', 'fjord', 'galaxy',
  'glade', 'halo', 'harbor', 'heron', 'island', 'jay', 'lagoon', 'lark', 'maple', 'meadow', 'meteor', 'nebula', 'nova', 'orbit', 'otter', 'pine',
  'planet', 'pulsar', 'quasar', 'raven', 'reef', 'river', 'robin', 'sparrow', 'spruce', 'star', 'summit', 'thicket', 'tide', 'vale', 'willow', 'wren',
];

/** A name for what its author did not name, such as `swift-otter-4821`: one of 23 million. */
export function madeUpName(random: Random): string {
  const one = (words: readonly string[]): string => words[Math.floor(fraction(random) * words.length)]!;
  return `${one(adjectives)}-${one(nouns)}-${String(Math.floor(fraction(random) * 10_000)).padStart(4, '0')}`;
}
