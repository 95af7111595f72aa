import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = new URL('../../../scripts/hot-functions.ts', import.meta.url).pathname;

test('a profile shows in which function the time went', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostport-profile-'));
  try {
    const program = 'function burn() { for (const end = performance.now() + 300; performance.now() < end; ); } burn();';
    execFileSync(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${folder}`, '-e', program]);
    const said = execFileSync(process.execPath, ['--no-warnings', script, folder], { encoding: 'utf8' });
    expect(said).toMatch(/busy for \d+\.\d\d s/);
    const hottest = said.split('\n').slice(1, 4).join('\n');
    expect(hottest).toContain('burn');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
