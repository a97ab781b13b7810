export { formatManifest, formatObject } from './format.ts';
export { type ManifestDocument, type ManifestProblem, type ParsedManifests, type ParseOptions, parseManifests, parseOrThrow, problemLine } from './parse.ts';
export type { Position } from './position.ts';
