/** What a worker inherits. glibc's own number of arenas, eight a core, keeps a sixth more of what large bodies took. */
export function workerEnvironment(): NodeJS.ProcessEnv {
  return { MALLOC_ARENA_MAX: '2', ...process.env };
}
