import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What `src/core` does without, and why: the same input must give the same answer, now and always. */
const TIME = 'core has no clock: take the time as an argument';
const CHANCE = 'core has no chance of its own: take a Random as an argument';
const LATER = 'core is synchronous: nothing happens later';
const OUTSIDE = 'core has no input and output: return what is to be said';

const coreGlobals = [
  { name: 'performance', message: TIME },
  { name: 'crypto', message: CHANCE },
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Promise', 'AbortController', 'AbortSignal'].map(
    (name) => ({ name, message: LATER }),
  ),
  ...['process', 'console', 'fetch', 'Buffer', 'globalThis'].map((name) => ({ name, message: OUTSIDE })),
];

export default defineConfig(
  { ignores: ['node_modules', 'dist', 'coverage', '.cluster', 'crds', 'config'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A name that begins with an underscore is there for its place, or for what its end does (`using _lock`).
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      // `() => emit()` and `return reject(error)` are how one-liners are written here.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // The data of a ConfigMap is a record, and keys come and go.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Numbers and errors in messages need no String() around them.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: 'error',
      'no-console': 'error',
      complexity: ['error', 15],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...coreGlobals],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: TIME },
        { object: 'Math', property: 'random', message: CHANCE },
      ],
      // A date that is made from a given time is only another way to write it.
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: TIME },
        { selector: 'CallExpression[callee.name="Date"]', message: TIME },
        { selector: 'AwaitExpression', message: LATER },
        { selector: ':function[async=true]', message: LATER },
      ],
    },
  },
  {
    files: ['src/cli/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // What a test file exports is the tests' own, and a stand-in may be asynchronous without waiting for anything.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off', '@typescript-eslint/require-await': 'off' },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.strict],
    rules: { eqeqeq: 'error' },
  },
);
