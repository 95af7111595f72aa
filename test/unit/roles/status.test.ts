import { describe, expect, test } from '@jest/globals';
import type { RoleInstance } from '../../../src/api/index.ts';
import { ALL_ALLOCATED, conditionsOf, reportStatus } from '../../../src/roles/index.ts';
import type { ConditionState } from '../../../src/roles/index.ts';

const [before, now] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
const held: ConditionState = { status: 'False', reason: 'PortHeld', message: 'taken' };
const pending: ConditionState = { status: 'False', reason: 'Pending', message: 'on their way' };
const refused: ConditionState = { status: 'False', reason: 'PodRefused', message: 'no' };
const complete: ConditionState = { status: 'False', reason: 'Complete', message: 'all is there' };
const making: ConditionState = { status: 'True', reason: 'MakingPods', message: '1 of 2' };
const ready: ConditionState = { status: 'True', reason: 'PodsReady', message: 'all pods are ready' };

/** A status with a condition of each of these types. */
function statusWith(states: Readonly<Record<string, ConditionState>>) {
  const conditions = Object.entries(states).map(([type, state]) => {
    return { type, ...state, lastTransitionTime: before, observedGeneration: 1 };
  });
  return { observedGeneration: 1, conditions };
}

/** An instance in its second generation, with this status. */
function instance(status: RoleInstance['status']): RoleInstance {
  const metadata = { name: 'web-0', namespace: 'games', uid: 'u', generation: 2 };
  return { apiVersion: 'hostport.io/v1alpha1', kind: 'RoleInstance', metadata, spec: {}, status } as never;
}

describe('the conditions', () => {
  const findings = { allocated: ALL_ALLOCATED, ready, progressing: complete, restarting: undefined };
  const because = { reason: 'PodRestarted', message: 'a was restarted' };
  const condition = (type: string, state: ConditionState, lastTransitionTime = now) => {
    return { type, ...state, lastTransitionTime, observedGeneration: 2 };
  };
  const three = [condition('Allocated', ALL_ALLOCATED), condition('Ready', ready), condition('Progressing', complete)];
  const restarting = condition('Restarting', { status: 'True', ...because });

  test.each([
    ['are three', {}, findings, three],
    ['are four during a restart', {}, { ...findings, restarting: because }, [...three, restarting]],
    ['are three after it', { Restarting: { status: 'True', ...because } as const }, findings, three],
    [
      'keep the time of a change as long as they stay true, or false',
      { Ready: { ...ready, message: 'other' }, Progressing: making },
      findings,
      [condition('Ready', ready, before), condition('Progressing', complete), condition('Allocated', ALL_ALLOCATED)],
    ],
  ])('%s', (_, states, found, expected) => {
    expect(conditionsOf(instance(statusWith(states)), found, now)).toEqual(expected);
  });
});

describe('a status', () => {
  /** What is written and recorded for a status with `next`, where it had `first`. */
  async function report(first: Parameters<typeof statusWith>[0], next: Parameters<typeof statusWith>[0]) {
    const done: unknown[] = [];
    const parts = {
      writer: { writeStatus: async () => void done.push('written') },
      events: {
        record: (_: unknown, event: unknown) => void done.push(event),
        [Symbol.asyncDispose]: async () => undefined,
      },
    };
    await reportStatus(parts, instance(statusWith(first)), statusWith(next), new AbortController().signal);
    return done;
  }
  const warning = ({ reason, message }: ConditionState) => ({ type: 'Warning', reason, message });

  test.each([
    ['that is the same is not written', { Allocated: held }, { Allocated: held }, []],
    ['that is new is written', { Allocated: held }, { Allocated: ALL_ALLOCATED }, ['written']],
    ['is recorded when ports are refused', { Allocated: pending }, { Allocated: held }, ['written', warning(held)]],
    ['is recorded for another reason', { Progressing: held }, { Progressing: refused }, ['written', warning(refused)]],
    ['is not recorded twice', { Allocated: held }, { Allocated: held, Progressing: making }, ['written']],
    ['is not recorded when numbers are on their way', {}, { Allocated: pending }, ['written']],
    ['is not recorded when all is done', { Progressing: making }, { Progressing: complete }, ['written']],
    ['is recorded once, for the ports', {}, { Allocated: held, Progressing: refused }, ['written', warning(held)]],
    [
      'is recorded where ports are as before',
      { Allocated: held },
      { Allocated: held, Progressing: refused },
      ['written', warning(refused)],
    ],
  ])('%s', async (_, first, next, expected) => {
    expect(await report(first, next)).toEqual(expected);
  });
});
