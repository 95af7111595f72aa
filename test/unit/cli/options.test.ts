import { describe, expect, test } from '@jest/globals';
import {
  describeFlags,
  flag,
  optionalFlag,
  parseBind,
  parseChoice,
  parseDuration,
  parseText,
  readFlags,
  requiredFlag,
  switchFlag,
} from '../../../src/cli/options.ts';

const flags = {
  bind: flag(parseBind, 'HOST:PORT', '127.0.0.1:8080', 'where it listens'),
  'rest-for': flag(parseDuration, 'DURATION', '20s', 'how long it rests'),
  level: flag(parseChoice(['low', 'high']), 'LEVEL', 'low', 'how loud'),
  file: optionalFlag(parseText, 'FILE', 'what it reads'),
  node: requiredFlag(parseText, 'NAME', 'write a name', 'where it runs'),
  lead: switchFlag('lead', true),
  force: switchFlag('force'),
};

const defaults = {
  bind: { host: '127.0.0.1', port: 8080 },
  'rest-for': 20_000,
  level: 'low',
  file: undefined,
  node: 'n1',
  lead: true,
  force: false,
};

/** What arguments and environment are read into, or what is said to them. */
function read(args: readonly string[], env: NodeJS.ProcessEnv = {}): unknown {
  const values = readFlags(flags, ['--node=n1', ...args], env);
  return values.ok ? values.value : values.error;
}

describe('flags', () => {
  test.each<[readonly string[], NodeJS.ProcessEnv, object]>([
    [[], {}, {}],
    [['--bind=[::1]:0', '--rest-for', '1.5m'], {}, { bind: { host: '::1', port: 0 }, 'rest-for': 90_000 }],
    [['--bind=:53'], {}, { bind: { host: '0.0.0.0', port: 53 } }],
    [['--no-lead', '--force', '--file='], {}, { lead: false, force: true, file: '' }],
    [[], { HOSTPORT_REST_FOR: '500ms', HOSTPORT_LEAD: 'false' }, { 'rest-for': 500, lead: false }],
    [['--rest-for=2h'], { HOSTPORT_REST_FOR: '500ms' }, { 'rest-for': 7_200_000 }],
  ])('%j with %j', (args, env, changes) => {
    expect(read(args, env)).toEqual({ ...defaults, ...changes });
  });

  test.each<[readonly string[], NodeJS.ProcessEnv, string]>([
    [['--rest-for=20'], {}, '--rest-for "20" is no duration: write "20s", "500ms" or "2m"'],
    [['--bind=here'], {}, '--bind "here" is no address to listen on: write "127.0.0.1:8080"'],
    [['--bind=:65536'], {}, '--bind ":65536" is no address to listen on: write "127.0.0.1:8080"'],
    [['--level=mid'], {}, '--level "mid": write one of low, high'],
    [['--node='], {}, '--node is missing: write a name'],
    [[], { HOSTPORT_REST_FOR: 'long' }, 'HOSTPORT_REST_FOR="long" is no duration: write "20s", "500ms" or "2m"'],
    [[], { HOSTPORT_FORCE: 'yes' }, 'HOSTPORT_FORCE="yes": write true or false'],
  ])('%j with %j are refused: %s', (args, env, says) => {
    expect(read(args, env)).toBe(says);
  });

  test('are described with their defaults and variables', () => {
    const { force, bind } = flags;
    expect(describeFlags({ bind, force })).toBe(
      '  --bind HOST:PORT\n        where it listens (default 127.0.0.1:8080) [$HOSTPORT_BIND]\n' +
        '  --force\n        force [$HOSTPORT_FORCE]',
    );
  });
});
