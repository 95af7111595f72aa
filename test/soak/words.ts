import { podAnnotations } from '../../src/api/index.ts';
import type { Random } from '../../src/base/random.ts';
import { happens, pick, several } from './chance.ts';

/** Words that somebody may write anywhere, most of them where they don't belong. */
const words: readonly string[] = [
  ...[
    '',
    ' ',
    'x y',
    'a\nb',
    'a\r\n\tb',
    '\u0000',
    '💥',
    'ünï',
    '"',
    '{}',
    '[]',
    'null',
    'true',
    'false',
    '-1',
    '0',
    '1',
    '65535',
    '65536',
  ],
  ...[
    '20000',
    '20040',
    '20000-29999',
    '1-65535',
    '9-5',
    '1e9',
    '0x10',
    'NaN',
    '../..',
    '%2e%2e',
    '$(HOSTPORT_A)',
    '*',
    '::',
    '0.0.0.0',
  ],
  ...[
    '127.0.0.1',
    '::ffff:10.0.0.5',
    '999.1.1.1',
    'a',
    'game',
    'a,b',
    'game,admin',
    'name.with.dots',
    'UPPER',
    '-a',
    'a-',
    'default',
    'other',
  ],
  ...[
    'node-1',
    'kube-system',
    'honest-a/pod-0-0',
    'TCP',
    'UDP',
    'SCTP',
    'TCPUDP',
    'Host',
    'Pod',
    'Dynamic',
    'Passthrough',
    'Random',
    'Stride',
  ],
  ...[
    'h-1',
    'h-2',
    'h-3',
    'x'.repeat(64),
    'x'.repeat(254),
    'y'.repeat(5_000),
    'hostport-cluster-19968',
    'app=h',
    'app in (',
  ],
  'a\n20001: TCP held default Pod honest-a/pod-0-0 00000000-0000-0000-0000-000000000000 game 2026-01-01T00:00:00Z',
  '{"allocations":[{"name":"a","env":"A","count":64}]}',
  '{"allocations":[{"name":"a","env":"A"},{"name":"b","env":"B","scope":"RoleScoped"}]}',
  '{"allocations":[{"name":"a","env":"A","port":20001,"count":900}]}',
  '{"references":[{"env":"R","from":"other.leader.http"}]}',
  '{"allocations":',
];

/** Any of them. */
export function word(random: Random): string {
  return pick(random, words);
}

/** `usual` more often than not. */
export function perhaps<T>(random: Random, usual: T): T | string {
  return happens(random, 98) ? usual : word(random);
}

/** A name of few, so that objects meet; sometimes one that can't be. */
export function nameOf(random: Random, prefix = 'h'): string {
  return happens(random, 92) ? `${prefix}-${random.below(30)}` : word(random);
}

/** A number that somebody may write for a port. */
export function port(random: Random): unknown {
  const kind = random.below(100);
  if (kind < 70) return 20_000 + random.below(200);
  if (kind < 97) return 1 + random.below(65_535);
  return pick(random, [-1, 0, 65_536, 2 ** 31, 1.5, '80', null]);
}

/** What a user may write on a pod to be served, beside {@link podAnnotations.enabled}. */
const asks: readonly (readonly [key: string, value: string])[] = [
  [podAnnotations.enabled, 'true'],
  [podAnnotations.sticky, 'true'],
  [podAnnotations.policy, 'Passthrough'],
  [podAnnotations.keep, 'p0'],
  [podAnnotations.network, 'Pod'],
  [podAnnotations.portAllocator, '{"allocations":[{"name":"a","env":"A","count":2}]}'],
  [
    podAnnotations.portAllocator,
    '{"allocations":[{"name":"a","env":"A"},{"name":"s","env":"S","scope":"RoleScoped"}]}',
  ],
];

/** A name that an allocation likely has. */
export function lenderOf(random: Random): string {
  return `h-${random.below(6)}`;
}

function wanted(random: Random): readonly (readonly [key: string, value: string])[] {
  if (happens(random, 20)) return [[podAnnotations.allocation, lenderOf(random)]];
  const ask = pick(random, asks);
  return ask[0] === podAnnotations.portAllocator ? [ask] : [[podAnnotations.enabled, 'true'], ask];
}

/** Annotations of ours: asked for, forged, or nonsense. */
export function annotationsOf(random: Random): Readonly<Record<string, string>> {
  const keys = [...Object.values(podAnnotations), `${podAnnotations.allocatedPrefix}p0`, 'hostport.io/unknown'];
  const forged = several(random.below(3), () => [pick(random, keys), word(random)] as const);
  return Object.fromEntries([...(happens(random, 85) ? wanted(random) : []), ...(happens(random, 25) ? forged : [])]);
}
