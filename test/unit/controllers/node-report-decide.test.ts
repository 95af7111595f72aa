import { describe, expect, test } from '@jest/globals';
import { decide, isUnmanaged, userOf } from '../../../src/controllers/node-report/index.ts';
import type { HeldSocket, Suspicions, User } from '../../../src/controllers/node-report/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { claim } from '../core/make.ts';

const here: User = { node: 'n1', hasStarted: true };

describe('who listens on n1 on a held number is', () => {
  test.each<[string, readonly User[] | undefined, boolean]>([
    ['the holder, for all that is known, where nobody knows who uses it', undefined, false],
    ['the holder where nobody is seen to use it', [], false],
    ['the pod that runs there', [here], false],
    ['one of the pods that use it', [{ node: 'n2', hasStarted: true }, here], false],
    ['a stranger to a pod elsewhere', [{ node: 'n2', hasStarted: true }], true],
    ['a stranger to a pod there that has not started', [{ node: 'n1', hasStarted: false }], true],
    ['a stranger to a pod that is on no node yet', [{ node: undefined, hasStarted: false }], true],
  ])('%s', (_, users, expected) => {
    expect(isUnmanaged({ node: 'n1', users })).toBe(expected);
  });
});

describe('a pod has started', () => {
  const pod = (status: NonNullable<Pod['status']>): Pod => {
    const metadata = { name: 'p', uid: '1', resourceVersion: '1', creationTimestamp: '2026-01-02T03:04:05Z' };
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: 'n1', containers: [] }, status };
  };
  test.each<[string, NonNullable<Pod['status']>, boolean]>([
    ['not before anything is said of it', {}, false],
    ['not while it waits', { containerStatuses: [{ name: 'a', state: { waiting: {} }, restartCount: 0 }] }, false],
    ['when a container runs', { containerStatuses: [{ name: 'a', state: { running: {} } }] }, true],
    ['when one has ended', { initContainerStatuses: [{ name: 'a', state: { terminated: { exitCode: 0 } } }] }, true],
    [
      'when one waits for another try',
      { containerStatuses: [{ name: 'a', state: { waiting: {} }, restartCount: 1 }] },
      true,
    ],
  ])('%s', (_, status, expected) => {
    expect(userOf(pod(status))).toEqual({ node: 'n1', hasStarted: expected });
  });
});

describe('a stranger', () => {
  const elsewhere: readonly User[] = [{ node: 'n2', hasStarted: true }];
  const socket = (seen: string, users = elsewhere): HeldSocket => ({ node: 'n1', claim: claim(20_000), users, seen });
  /** What is news after each look. */
  function news(...looks: readonly (readonly HeldSocket[])[]): readonly number[] {
    let suspicions: Suspicions = new Map();
    return looks.map((sockets) => {
      const verdict = decide(sockets, suspicions);
      suspicions = verdict.suspicions;
      return verdict.news.length;
    });
  }

  test('is told of once, when a second report has it', () => {
    expect(news([socket('a')], [socket('a')], [socket('b')], [socket('b')], [socket('c')])).toEqual([0, 0, 1, 0, 0]);
  });

  test('is told of again when it was gone', () => {
    expect(news([socket('a')], [socket('b')], [], [socket('c')], [socket('d')])).toEqual([0, 1, 0, 0, 1]);
  });

  test('is none when the holder turns out to be there', () => {
    expect(news([socket('a', [{ node: 'n1', hasStarted: false }])], [socket('b', [here])])).toEqual([0, 0]);
  });

  test('is counted as long as it stays', () => {
    const first = decide([socket('a')], new Map());
    const second = decide([socket('b')], first.suspicions);
    const third = decide([socket('b')], second.suspicions);
    expect([first, second, third].map(({ sure }) => sure.length)).toEqual([0, 1, 1]);
  });
});
