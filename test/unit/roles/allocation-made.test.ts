import { beforeEach, expect, test } from '@jest/globals';
import type { PortAllocation } from '../../../src/api/index.ts';
import { errorOfStatus } from '../../../src/kube/errors.ts';
import { AllocationKeeper } from '../../../src/roles/index.ts';
import { allocation, port, wanted } from './some-allocation.ts';

const { signal } = new AbortController();
let stored: PortAllocation | undefined;
let writes: string[];
beforeEach(() => {
  stored = undefined;
  writes = [];
});

/** An API server with one allocation, of which every write is noted, and a cache that shows `cached`. */
function keeper(cached: PortAllocation | undefined, failure?: unknown): AllocationKeeper {
  stored = cached;
  const write = (what: string): void => {
    writes.push(what);
    if (failure !== undefined) throw failure as Error;
  };
  const client = {
    create: (_: unknown, draft: { metadata: { finalizers: readonly string[] } }) => {
      write(`create with ${draft.metadata.finalizers.length} finalizers`);
      return Promise.resolve({ ...allocation(), ...draft });
    },
    remove: () => Promise.resolve(write('delete')),
    find: () => Promise.resolve(stored),
    patch: (_: unknown, __: unknown, { body }: { body: { metadata: { finalizers: string[] }; spec?: object } }) => {
      const { spec, metadata } = body;
      write(spec === undefined ? `leave ${metadata.finalizers.join()}` : `write ${JSON.stringify(namesIn(spec))}`);
      return Promise.resolve({ ...allocation(), ...(spec === undefined ? {} : { spec }) });
    },
  };
  const cache = { get: () => cached, apply: () => undefined };
  return new AllocationKeeper({ client, index: { caches: { allocations: cache } } } as never);
}

function namesIn(spec: object): readonly string[] {
  return (spec as PortAllocation['spec']).ports.map(({ name }) => name);
}

/** None runs. */
const pods = { ofOthers: () => Promise.resolve(false), ofFormerSpec: () => Promise.resolve(false) };

test('one that is missing is made, and no mode of deletion frees its numbers', async () => {
  const kept = await keeper(undefined).keep(wanted('http'), pods, signal);
  expect([kept.kind, writes]).toEqual(['ours', ['create with 2 finalizers']]);
});

test("somebody else's stays as it is", async () => {
  const kept = await keeper(allocation({ uid: null, labels: {} })).keep(wanted('http'), pods, signal);
  expect([kept.kind, writes]).toEqual(['foreign', []]);
});

test('one that was made by somebody faster is looked at when the cache shows it', async () => {
  const failure = errorOfStatus(409, { reason: 'AlreadyExists' }, 'POST');
  const kept = await keeper(undefined, failure).keep(wanted('http'), pods, signal);
  expect(kept).toEqual({ kind: 'waiting' });
});

test('another one of the name, made meanwhile, is not let go of', async () => {
  const keeping = keeper(allocation({ isGoing: true }));
  stored = { ...allocation(), metadata: { ...allocation().metadata, uid: 'uid-another' } };
  await keeping.letGo(allocation({ isGoing: true, ports: [port('http')] }), signal);
  expect(writes).toEqual([]);
});
