import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideRollout, decideScale, planRevisions } from '../../../src/controllers/role-instance-set/index.ts';
import type { Member, RevisionSituation } from '../../../src/controllers/role-instance-set/index.ts';

/** Members by ordinal: `0` is available and new; `!` not ready, `~` not available, `-` terminating, `old` of the old one. */
function members(...texts: readonly string[]): Member[] {
  return texts.map((text, at) => {
    const ordinal = Number(/^\d+/.exec(text)?.[0] ?? at);
    const isTerminating = text.includes('-');
    const isReady = !text.includes('!') && !isTerminating;
    return {
      name: `set-${ordinal}`,
      uid: `uid-${ordinal}`,
      ordinal,
      created: `2026-01-01T00:00:0${ordinal}Z`,
      revision: text.includes('old') ? 'old' : 'new',
      isTerminating,
      isReady,
      isAvailable: isReady && !text.includes('~'),
    };
  });
}

const names = (some: readonly Member[]): readonly string[] => some.map(({ name }) => name);

describe('a stateful set', () => {
  const common = { identity: 'Stateful', updateRevision: 'new' } as const;
  test.each([
    ['Parallel', 3, [], [0, 1, 2], []],
    ['Parallel', 3, ['0', '2!'], [1], []],
    ['Parallel', 1, ['0', '1', '2!', '3-'], [], ['set-2', 'set-1']],
    ['Parallel', 2, ['0-', '1'], [], []],
    ['OrderedReady', 3, [], [0], []],
    ['OrderedReady', 3, ['0!'], [], []],
    ['OrderedReady', 3, ['0~'], [], []],
    ['OrderedReady', 3, ['0'], [1], []],
    ['OrderedReady', 3, ['1', '2'], [0], []],
    ['OrderedReady', 3, ['0-', '1', '2'], [], []],
    ['OrderedReady', 1, ['0', '1', '2'], [], ['set-2']],
    ['OrderedReady', 1, ['0', '1', '2-'], [], []],
    ['OrderedReady', 1, ['0!', '1'], [], []],
    ['OrderedReady', 0, ['0!', '1!'], [], ['set-1']],
  ] as const)('%s, of %d, with %j: creates %j and deletes %j', (...row) => {
    const [policy, replicas, there, ordinals, remove] = row;
    const step = decideScale({ ...common, podManagementPolicy: policy, replicas }, members(...there));
    expect([step.ordinals, names(step.remove), step.count]).toEqual([ordinals, remove, 0]);
  });
});

describe('a stateless set', () => {
  const common = { identity: 'Stateless', updateRevision: 'new' } as const;
  test.each([
    ['Parallel', 3, ['0'], 2, []],
    ['Parallel', 3, ['0', '1-'], 2, []],
    ['Parallel', 1, ['0', '1!', '2'], 0, ['set-1', 'set-2']],
    ['Parallel', 1, ['0 old', '1', '2~'], 0, ['set-2', 'set-0']],
    ['OrderedReady', 3, ['0'], 1, []],
    ['OrderedReady', 3, ['0!'], 0, []],
    ['OrderedReady', 1, ['0', '1', '2!'], 0, ['set-2']],
    ['OrderedReady', 1, ['0', '1', '2-'], 0, []],
  ] as const)('%s, of %d, with %j: creates %d and deletes %j', (...row) => {
    const [policy, replicas, there, count, remove] = row;
    const step = decideScale({ ...common, podManagementPolicy: policy, replicas }, members(...there));
    expect([step.count, names(step.remove), step.ordinals]).toEqual([count, remove, []]);
  });
});

describe('a rollout', () => {
  const common = { updateRevision: 'new', partition: 0 };
  test.each([
    [1, 0, ['0 old', '1 old', '2 old'], ['set-2']],
    [2, 0, ['0 old', '1 old', '2 old'], ['set-2', 'set-1']],
    [1, 0, ['0 old', '1 old', '2!'], []],
    [1, 0, ['0 old', '1 old!', '2'], ['set-1']],
    [1, 2, ['0 old', '1 old', '2 old'], ['set-2']],
    [1, 2, ['0 old', '1 old', '2'], []],
    [1, 0, ['0 old', '1 old', '2 old-'], []],
    ['34%', 0, ['0 old', '1 old', '2 old'], ['set-2', 'set-1']],
    ['10%', 0, ['0', '1', '2'], []],
  ] as const)(
    'with maxUnavailable %j and partition %d, of %j updates %j',
    (maxUnavailable, partition, there, updated) => {
      const rollout = { ...common, replicas: 3, maxUnavailable, partition };
      expect(names(decideRollout(rollout, members(...there)))).toEqual(updated);
    },
  );

  test('never takes more of the available ones away than it may', () => {
    const kinds = fc.constantFrom('', ' old', ' old!', '!', ' old-', '-', ' old~');
    fc.assert(
      fc.property(fc.array(kinds, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (there, maxUnavailable) => {
        const all = members(...there.map((kind, at) => `${at}${kind}`));
        const rollout = { ...common, replicas: all.length, maxUnavailable };
        const updated = decideRollout(rollout, all).filter(({ isAvailable }) => isAvailable);
        const unavailable = all.filter(({ isAvailable }) => !isAvailable).length;
        const allowed = Math.max(0, maxUnavailable - unavailable);
        expect(updated.length).toBeLessThanOrEqual(allowed);
      }),
    );
  });
});

describe('the revisions of a set', () => {
  const template = (image: string): RevisionSituation['template'] => ({
    spec: {
      restartPolicy: { type: 'None', baseDelaySeconds: 30, maxDelaySeconds: 600 },
      components: [{ name: 'main', size: 1, template: { spec: { containers: [{ name: 'main', image }] } } }],
    },
  });
  const situation = (image: string, more: Partial<RevisionSituation> = {}): RevisionSituation => ({
    setName: 'set',
    template: template(image),
    revisions: [],
    inUse: new Set(),
    currentRevision: undefined,
    isRolledOut: () => false,
    isTaken: (name) => more.revisions?.some(({ metadata }) => metadata.name === name) === true,
    ...more,
  });
  const stored = (image: string, revision: number, name?: string): RevisionSituation['revisions'][number] => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: name ?? planRevisions(situation(image)).update,
      uid: `uid-${image}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    data: { template: template(image) },
    revision,
  });

  test('begin with the first template', () => {
    const plan = planRevisions(situation('one'));
    expect(plan).toMatchObject({ current: plan.update, create: { name: plan.update, revision: 1 }, drop: [] });
    expect(plan.renew).toBeUndefined();
  });

  test('have one name for one template, in whatever order its fields stand', () => {
    const turned = JSON.parse(
      JSON.stringify(template('one'), [
        'spec',
        'components',
        'template',
        'size',
        'name',
        'containers',
        'image',
        'restartPolicy',
        'maxDelaySeconds',
        'type',
        'baseDelaySeconds',
      ]),
    ) as RevisionSituation['template'];
    expect(planRevisions(situation('one', { template: turned })).update).toBe(planRevisions(situation('one')).update);
  });

  test('keep what was rolled out before until the new one is', () => {
    const one = stored('one', 1);
    const before = situation('two', { revisions: [one], currentRevision: one.metadata.name });
    const plan = planRevisions(before);
    expect(plan).toMatchObject({ current: one.metadata.name, create: { name: plan.update, revision: 2 } });
    const after = planRevisions({ ...before, revisions: [one, stored('two', 2)], isRolledOut: () => true });
    expect(after).toMatchObject({ current: plan.update, update: plan.update });
  });

  test('make a former template the newest again', () => {
    const one = stored('one', 1);
    const plan = planRevisions(situation('one', { revisions: [one, stored('two', 2)] }));
    expect(plan).toMatchObject({ update: one.metadata.name, renew: { name: one.metadata.name, revision: 3 } });
    expect(plan.create).toBeUndefined();
  });

  test('give another name to a template whose name another one has', () => {
    const name = planRevisions(situation('one')).update;
    const plan = planRevisions(situation('one', { revisions: [stored('two', 1, name)] }));
    expect(plan.update).not.toBe(name);
    expect(plan.create).toMatchObject({ name: plan.update });
  });

  test('give another name to a template whose name a set that is gone has left behind, and keep it', () => {
    const { update: first } = planRevisions(situation('one'));
    const { update: second } = planRevisions(situation('one', { isTaken: (name) => name === first }));
    expect(second).not.toBe(first);
    const later = planRevisions(situation('one', { revisions: [stored('one', 1, second)], isTaken: () => false }));
    expect(later).toMatchObject({ update: second, create: undefined });
  });

  test('forget the oldest ones that no instance has', () => {
    const former = Array.from({ length: 14 }, (_, at) => stored(`image-${at}`, at + 1));
    const inUse = new Set([former[0]?.metadata.name ?? '']);
    const plan = planRevisions(situation('image-13', { revisions: former, inUse }));
    expect(plan.drop.map(({ revision }) => revision)).toEqual([3, 2]);
  });
});
