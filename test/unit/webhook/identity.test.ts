import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/kube/index.ts';
import { fingerprint, isTokenOf, nameFor, newToken } from '../../../src/webhook/identity.ts';
import { Retries } from '../../../src/webhook/retries.ts';
import type { PodReview } from '../../../src/webhook/pod-review.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { controller } from '../workload/pods.ts';
import { asked } from './reviews.ts';

const LIFE_MS = 45_000;

function review(change: Partial<PodReview> = {}, metadata: object = {}): PodReview {
  const pod = { ...asked, metadata: { ...asked.metadata, ...metadata } };
  return { uid: 'a', namespace: 'arena', username: 'alice', dryRun: false, pod, ...change };
}

describe('a token', () => {
  const print = fingerprint(review());

  test('is of whoever it was made for, also at the next look', () => {
    expect(isTokenOf(newToken(print), fingerprint(review({ uid: 'b' })))).toBe(true);
  });

  test.each<readonly [string, PodReview]>([
    ['in another namespace', review({ namespace: 'other' })],
    ['of another user', review({ username: 'mallory' })],
    ['of a controller', review({}, { ownerReferences: [controller('apps/v1', 'ReplicaSet')] })],
    ['of another revision', review({}, { labels: { 'pod-template-hash': '7d4b' } })],
    ['of another generated name', review({}, { generateName: 'web-' })],
  ])('is of no pod %s', (_, other) => {
    expect(isTokenOf(newToken(print), fingerprint(other))).toBe(false);
  });

  test.each(['', print, `-${print}`, `x-${print}`, `0123456789abcdef-${print}0`])('is not %j', (text) => {
    expect(isTokenOf(text, print)).toBe(false);
  });

  test('differs each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => newToken(print))).size).toBe(1_000);
  });
});

describe('the name of a pod', () => {
  const generated = (generateName: string): Pod => review({}, { name: undefined, generateName }).pod;

  test('is the one that it has', () => {
    expect(nameFor(asked, () => true)).toBe('match-7');
  });

  test('is made by the rules of the API server', () => {
    expect(nameFor(generated('web-'), () => false)).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(nameFor(generated('w'.repeat(200)), () => false)).toMatch(/^w{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
});

describe('a generated name', () => {
  const pod = review({}, { name: undefined, generateName: 'web-' }).pod;

  test('is none that is taken', () => {
    const asked: string[] = [];
    const name = nameFor(pod, (each) => asked.push(each) < 3);
    expect(name).toBe(asked[2]);
    expect(new Set(asked).size).toBe(3);
  });

  test('is found even if every name seems taken', () => {
    expect(nameFor(pod, () => true)).toMatch(/^web-[a-z0-9]{5}$/);
  });
});

describe('what is remembered of creates', () => {
  const first = 'web-1';
  const second = 'web-2';
  const open = (): boolean => true;

  test('serves a create that is made again, once', async () => {
    const clock = new FakeClock();
    const retries = new Retries(clock, LIFE_MS);
    retries.note('web', first);
    await clock.advance(5_000);
    expect(retries.take('web', open)).toBe(first);
    expect(retries.take('web', open)).toBeUndefined();
  });

  test('is not for one that comes right behind: both may be meant', async () => {
    const clock = new FakeClock();
    const retries = new Retries(clock, LIFE_MS);
    retries.note('web', first);
    await clock.advance(4_999);
    expect(retries.take('web', open)).toBeUndefined();
    await clock.advance(1);
    expect(retries.take('web', open)).toBe(first);
  });

  test('is of no use once the reservation is over, or taken', async () => {
    const clock = new FakeClock();
    const retries = new Retries(clock, LIFE_MS);
    retries.note('web', first);
    retries.note('web', second);
    await clock.advance(5_000);
    expect(retries.take('web', (name) => name === second)).toBe(second);
    await clock.advance(LIFE_MS);
    expect(retries.take('web', open)).toBeUndefined();
  });

  test('is of nobody else', async () => {
    const clock = new FakeClock();
    const retries = new Retries(clock, LIFE_MS);
    retries.note('web', first);
    await clock.advance(5_000);
    expect(retries.take('other', open)).toBeUndefined();
  });

  test('is bounded: of a flood the latest are known', async () => {
    const clock = new FakeClock();
    const retries = new Retries(clock, LIFE_MS);
    for (let at = 0; at < 1_000; at++) retries.note('web', `web-${at}`);
    for (let at = 0; at < 5_000; at++) retries.note(`other-${at}`, first);
    await clock.advance(5_000);
    expect(retries.take('other-4999', open)).toBe(first);
    expect(retries.take('other-0', open)).toBeUndefined();
    expect(retries.take('web', open)).toBeUndefined();
    for (let at = 0; at < 1_000; at++) retries.note('web', `web-${at}`);
    await clock.advance(5_000);
    const known: string[] = [];
    for (let each = retries.take('web', open); each !== undefined; each = retries.take('web', open)) known.push(each);
    expect(known).toEqual(Array.from({ length: 64 }, (_, at) => `web-${936 + at}`));
  });
});
