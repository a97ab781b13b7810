/** The address of a program of the gateway's, given that of a module of this folder: in the sources, and in what is built of them. */
export function beside(url: string, program: 'process' | 'policy'): string {
  return new URL(url.endsWith('.ts') ? `./${program}.ts` : `./gateway-${program}.js`, url).href;
}
