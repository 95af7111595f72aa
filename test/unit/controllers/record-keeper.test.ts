import { expect, test } from '@jest/globals';
import type { PortAllocation } from '../../../src/api/index.ts';
import { podHolder } from '../../../src/allocation/index.ts';
import { RecordKeeper } from '../../../src/controllers/record/index.ts';
import type { RecordKeeperParts } from '../../../src/controllers/record/index.ts';
import { ANY_ADDRESS, TCP } from '../../../src/core/index.ts';
import type { Claim, ClaimState } from '../../../src/core/index.ts';
import { asking, container, pod, port } from '../workload/pods.ts';

const never = new AbortController().signal;
const server = container('server', [port('http', 8080)]);
const annotations = asking({ enabled: 'true', pool: 'nodes', 'node-pool': 'nodes', reservation: 'token' });
const bound = pod([server], { annotations, spec: { nodeName: 'n1' } });

function claimOf(state: ClaimState): Claim {
  const holder = podHolder({ namespace: 'arena', name: 'match-7', uid: 'uid-7' });
  return { number: 7000, protocols: TCP, address: ANY_ADDRESS, pool: 'nodes', holder, port: 'http', state, time: 1 };
}

test('a pod whose numbers are confirmed late has its record all the same', async () => {
  let state: ClaimState = 'reserved';
  const written: unknown[] = [];
  // How late a confirmation comes can't be chosen on a real cluster.
  const keeper = new RecordKeeper({
    client: {
      create: async (_: unknown, record: PortAllocation) => {
        written.push([record.metadata.name, record.spec.nodeName, record.spec.ports[0]?.port]);
        return Promise.resolve(record);
      },
    },
    pods: { get: () => bound },
    allocations: { get: () => undefined, apply: () => undefined },
    allocator: { claimsUnder: (_: string, domain: string) => (domain === 'n1' ? [claimOf(state)] : []) },
  } as unknown as RecordKeeperParts);

  expect(await keeper.reconcile('arena/match-7', never)).toMatchObject({ kind: 'again' });
  expect(written).toEqual([]);
  state = 'held';
  expect(await keeper.reconcile('arena/match-7', never)).toEqual({ kind: 'settled' });
  expect(written).toEqual([['pod-match-7', 'n1', 7000]]);
});
