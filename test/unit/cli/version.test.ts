import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test.each(['version', '--version', '-v'])('hostport %s says which one it is', (word) => {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { readonly version: string };
  const said = execFileSync(process.execPath, ['--no-warnings', 'src/cli/start.ts', word], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(said).toBe(`hostport ${version}, Node.js ${process.versions.node}\n`);
});
