import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dnsName } from '../../../../src/api/index.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import {
  instanceName,
  newSuffix,
  ordinalIn,
  podName,
  podScopedKey,
  podScopedPort,
  roleScopedKey,
  roleScopedPort,
} from '../../../../src/workload/role/names.ts';

const label = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('a', '0', '1', '-'), { minLength: 1, maxLength })
    .map((letters) => letters.join(''))
    .filter((text) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text));
const ANNOTATION = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

test('a pod is called by its instance, its component and its index', () => {
  expect(podName(instanceName('prefill', 0), 'worker', 1)).toBe('prefill-0-worker-1');
  expect(instanceName('prefill', 'x7k2p')).toBe('prefill-x7k2p');
});

test.each([
  ['prefill', 'prefill-0', 0],
  ['prefill', 'prefill-12', 12],
  ['prefill', 'prefill-012', undefined],
  ['prefill', 'prefill-x7k2p', undefined],
  ['prefill', 'prefill-a-0', undefined],
  ['prefill', 'decode-0', undefined],
  ['prefill', 'prefill-', undefined],
])('in %s, %s has ordinal %p', (set, name, ordinal) => {
  expect(ordinalIn(set, name)).toBe(ordinal);
});

test('suffixes differ, and are parts of names', () => {
  const random = seededRandom(1);
  const suffixes = Array.from({ length: 100 }, () => newSuffix(random));
  expect(new Set(suffixes).size).toBe(100);
  for (const suffix of suffixes) expect(suffix).toMatch(/^[a-z0-9]{5}$/);
});

describe('a key', () => {
  test('is written out where it fits', () => {
    expect(roleScopedKey('leader', 'http')).toBe('leader.http');
    expect(podScopedKey('prefill-0-leader-0', 'grpc')).toBe('prefill-0-leader-0.grpc');
    expect(roleScopedPort('leader', 'http')).toBe('leader.http');
    expect(podScopedPort('leader', 0, 'grpc')).toBe('leader-0.grpc');
    expect(roleScopedKey('a'.repeat(31), 'b'.repeat(31))).toBe(`${'a'.repeat(31)}.${'b'.repeat(31)}`);
  });

  test('of 64 characters becomes its first 54, a dash and 8 digits of its SHA-256', () => {
    const key = `${'a'.repeat(32)}.${'b'.repeat(31)}`;
    const digits = createHash('sha256').update(key).digest('hex').slice(0, 8);
    expect(roleScopedKey('a'.repeat(32), 'b'.repeat(31))).toBe(`${key.slice(0, 54)}-${digits}`);
    expect(roleScopedPort('a'.repeat(32), 'b'.repeat(31))).toBe(`${key.slice(0, 54)}-${digits}`);
  });

  test('can be an annotation; the name of a port can be one', () => {
    const name = dnsName('a name', 63, 'A name.');
    fc.assert(
      fc.property(label(63), label(50), fc.nat(1023), label(63), (instance, component, index, port) => {
        for (const key of [roleScopedKey(component, port), podScopedKey(podName(instance, component, index), port)]) {
          expect(key).toMatch(ANNOTATION);
        }
        for (const each of [roleScopedPort(component, port), podScopedPort(component, index, port)]) {
          expect(name.safeParse(each).error).toBeUndefined();
        }
      }),
    );
    // The name is cut at its dot.
    expect(name.safeParse(roleScopedPort('a'.repeat(53), 'b'.repeat(10))).success).toBe(true);
  });

  test('is of one port alone', () => {
    // Few letters make names that are similar to each other.
    const place = fc.record({ component: label(4), index: fc.nat(11), port: label(2) });
    fc.assert(
      fc.property(place, place, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        const name = ({ component, index, port }: typeof one): string => podScopedPort(component, index, port);
        expect(name(one) === name(other)).toBe(same);
      }),
    );
  });
});
