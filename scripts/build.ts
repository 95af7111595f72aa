/** Builds `dist/hostport.js`: one file that runs with `node` alone. */
import { chmodSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

// CommonJS packages inside an ES module need a `require`; and an old Node.js must be told so before anything newer is
// parsed or loaded, hence a first file that imports the rest only afterwards.
const banner = [
  '#!/usr/bin/env node',
  "import { createRequire as hostportCreateRequire } from 'node:module';",
  'const require = hostportCreateRequire(import.meta.url);',
].join('\n');

const { metafile } = await build({
  entryPoints: ['src/cli/start.ts'],
  outfile: 'dist/hostport.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Names stay, so that a stack trace can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  // The image brings the licences of all that is in it, whole (scripts/image).
  legalComments: 'none',
  metafile: true,
  // Node's own is deprecated, and says so at every start.
  alias: { punycode: 'punycode/' },
  banner: { js: banner },
  logLevel: 'warning',
});
chmodSync('dist/hostport.js', 0o755);
writeFileSync('dist/hostport.meta.json', JSON.stringify(metafile));
console.log('built dist/hostport.js');
