import { describe, expect, test } from '@jest/globals';
import { DryRuns, withoutRefused } from '../../../src/controllers/role-instance/index.ts';
import type { PodPlan, PodView, DryRunPod } from '../../../src/controllers/role-instance/index.ts';
import { errorOfStatus } from '../../../src/kube/errors.ts';
import type { ClusterClient, WriteOptions } from '../../../src/kube/index.ts';

const { signal } = new AbortController();
const trial: DryRunPod = {
  revision: 'new',
  draft: () => ({ metadata: { name: 'a-0', namespace: 'default' } }) as never,
};

/** A client whose creations of pods give these answers, and the dry-run options that it was called with. */
function clientThat(answers: () => unknown) {
  const asked: (boolean | undefined)[] = [];
  const client = {
    create: async (_type: unknown, draft: unknown, { dryRun }: WriteOptions) => {
      asked.push(dryRun);
      const error = await Promise.resolve(answers());
      if (error !== undefined) throw error as Error;
      return draft;
    },
  } as unknown as ClusterClient;
  return { asked, trials: new DryRuns(client) };
}

const failure = (code: number, message: string, reason = '') => errorOfStatus(code, { message, reason }, 'POST pods');

describe('a template is tried out', () => {
  test('once in each namespace, by all instances together, without anything being stored', async () => {
    const { asked, trials } = clientThat(() => undefined);
    const ask = () => trials.refusals('default', [trial, trial], signal);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect([...answers, await ask()].map(({ size }) => size)).toEqual([0, 0, 0, 0]);
    expect(asked).toEqual([true]);
    await trials.refusals('other', [trial], signal);
    expect(asked).toEqual([true, true]);
  });

  test.each([
    [422, 'Pod "a-0" is invalid: spec.containers: Required value', '', true],
    [403, 'violates PodSecurity "baseline:latest": host namespaces', '', true],
    [400, 'json: cannot unmarshal string into Go struct field', '', true],
    [403, 'pods "a-0" is forbidden: exceeded quota: few, requested: pods=1', '', false],
    [400, 'admission webhook "x.example.com" does not support dry run', '', false],
    [409, 'pods "a-0" already exists', 'AlreadyExists', false],
  ])('%d "%s", reason "%s": %p', async (code, message, reason, isRefusal) => {
    const { trials } = clientThat(() => failure(code, message, reason));
    const refused = await trials.refusals('default', [trial], signal);
    const said = { reason: 'PodRefused', message: `the API server refuses pods such as a-0: ${message}` };
    expect([...refused]).toEqual(isRefusal ? [['new', said]] : []);
  });

  test('again as long as it is refused, or the API server is away', async () => {
    const answers = [failure(422, 'bad'), failure(503, 'away'), undefined];
    const { asked, trials } = clientThat(() => answers.shift());
    const ask = () => trials.refusals('default', [trial], signal);
    expect((await ask()).size).toBe(1);
    await expect(ask()).rejects.toThrow('away');
    expect((await ask()).size).toBe(0);
    expect(asked).toHaveLength(3);
  });
});

describe('what a refusal keeps from being done', () => {
  const desired = ['a-0', 'b-0'].map((name) => ({
    name,
    component: name.slice(0, 1),
    index: 0,
    revision: `new-${name.slice(0, 1)}`,
    hasNumbers: true,
  }));
  const view = (name: string) => ({ name }) as PodView;
  const plan: PodPlan = {
    create: desired,
    remove: [view('a-0'), view('b-0'), view('c-0')],
    adopt: [],
    taken: [],
    againMs: undefined,
  };
  const said = { reason: 'PodRefused', message: 'no' };
  const names = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name);

  test.each([
    ['nothing is refused', [], false, ['a-0', 'b-0'], ['a-0', 'b-0', 'c-0']],
    ['one template is refused', ['new-b'], false, ['a-0'], ['a-0', 'c-0']],
    ['one is refused of pods that go together', ['new-b'], true, ['a-0'], ['c-0']],
  ] as const)('%s', (...row) => {
    const [, revisions, together, create, remove] = row;
    const refused = new Map(revisions.map((revision) => [revision, said]));
    const held = withoutRefused(plan, desired, { refused, together });
    expect([names(held.create), names(held.remove)]).toEqual([create, remove]);
  });
});
