import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function hostport(...args: string[]) {
  return spawnSync(process.execPath, ['--no-warnings', 'src/cli/start.ts', ...args], { cwd: root, encoding: 'utf8' });
}

describe('a word that every object knows', () => {
  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])('%s is no command', (word) => {
    const { status, stderr } = hostport(word);
    expect(stderr).toContain(`hostport: there is no command "${word}"`);
    expect(status).toBe(2);
  });

  test.each(['--toString', '--constructor=1', '--__proto__', '--no-valueOf'])('%s is no flag', (flag) => {
    const { status, stderr } = hostport('install', flag, '--kubeconfig', '/nonexistent');
    expect(stderr).toMatch(/^hostport install: Unknown option/);
    expect(status).toBe(2);
  });
});
