// Each rule states one rule of the house; a rule without a reason does not belong here.
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts', '**/test/**', '**/testing/**'];

// Packages say things through errors and events; only apps own a terminal.
const quiet = { 'no-console': 'error' };

// Environment, time and chance come in as arguments, so that a test owns them.
const environment = { object: 'process', property: 'env', message: 'Only config.ts reads the environment; take the value as an argument.' };
const time = [
  { object: 'Date', property: 'now', message: 'Only clock.ts reads the time; take a Clock.' },
  { object: 'performance', property: 'now', message: 'Only clock.ts reads the time; take a Clock.' },
];
const chance = { object: 'Math', property: 'random', message: 'Only random.ts draws; take a Random.' };
const newDate = { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Only clock.ts reads the time; take a Clock.' };

// Public names are the only way into a package, so that its inside can change.
const inside = { regex: '^@neb/[^/]+/(src|dist)', message: "Import the package's public names, not its files." };
// Siblings meet as interfaces of core-types, in apps/server/src/compose.ts.
const sibling = { regex: '^@neb/(?!core-types(/errors|/testing)?$)', message: 'A package knows @neb/core-types only, and platforms @neb/ssh; siblings meet in compose.ts.' };
// But a machine's containers run on its Docker, and a cloud of machines is made into a platform by @neb/machines.
const allowing = (names) => ({ ...sibling, regex: `^@neb/(?!(?:core-types(?:/errors|/testing)?|${names})$)` });
// The control plane is heavy: only `neb serve` loads it, by `await import`.
const server = { regex: '^@neb/server', allowTypeImports: true, message: 'Load the server with `await import`, so that other commands start fast.' };
const imports = (...patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] });

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', '.tools/**', '**/tsup.config.ts', 'vitest.config.ts', 'tsup.base.ts', 'coverage/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  // What is almost always a slip.
  js.configs.recommended,
  // tsc and node know the globals better than a list kept here.
  { rules: { 'no-undef': 'off' } },
  {
    files: ['**/*.ts'],
    // No `any` gets in, and no promise is handed to what does not wait.
    extends: [tseslint.configs.recommendedTypeChecked],
    // One program for the whole repository: with one a package each would check core-types anew.
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise is awaited, returned, or deliberately raced.
      '@typescript-eslint/no-floating-promises': 'error',
      // A new member of a union must be thought about everywhere it is switched on.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Source runs with its types stripped: what is only a type must say so.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Past three parameters a call no longer says what it means; name them in an object.
      'max-params': ['error', 3],
      // What is unused misleads; a leading underscore says that a position had to be filled.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // A value may exist for its type alone; the compiler keeps the rest honest.
      'no-useless-assignment': 'off',
      // Our objects are closures, whose functions stay whole when taken out.
      '@typescript-eslint/unbound-method': 'off',
      // An async function that fulfils an async interface need not wait for anything.
      '@typescript-eslint/require-await': 'off',
      ...imports(inside),
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-properties': ['error', environment, ...time, chance], 'no-restricted-syntax': ['error', newDate] },
  },
  { files: ['**/config.ts'], rules: { 'no-restricted-properties': ['error', ...time, chance] } },
  { files: ['**/clock.ts'], rules: { 'no-restricted-properties': ['error', environment, chance], 'no-restricted-syntax': 'off' } },
  { files: ['**/random.ts'], rules: { 'no-restricted-properties': ['error', environment, ...time] } },
  { files: ['packages/*/src/**/*.ts'], rules: { ...quiet, ...imports(inside, sibling) } },
  { files: ['packages/providers-*/src/**/*.ts'], rules: imports(inside, allowing('ssh')) },
  { files: ['packages/machines/src/**/*.ts'], rules: imports(inside, allowing('providers-docker|ssh')) },
  { files: ['packages/providers-aws/src/**/*.ts'], rules: imports(inside, allowing('machines')) },
  // Workers of a processor are written with the SDK, which only hands that package on.
  { files: ['packages/sdk/src/{worker,public.test}.ts'], rules: imports(inside, allowing('streams')) },
  { files: ['apps/cli/src/**/*.ts'], ignores: tests, rules: imports(inside, server) },
  {
    files: tests,
    rules: {
      // A test reads what came over a wire as it is, and asserts its shape.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      // The columns of a table have names enough.
      'max-params': 'off',
    },
  },
);
