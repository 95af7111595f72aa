import { isCancellation, pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import type { ClusterClient, Node } from '../../src/kube/index.ts';
import { happens, pick, several, within } from './chance.ts';
import type { Tally } from './tally.ts';
import { perhaps, port, word } from './words.ts';
import { NodeReports } from '../../src/api/index.ts';

const PAUSE = [500, 4_000] as const;

/** What a hostile node is made of. */
export interface HostileNodeParts {
  /** With the rights of the node's agent. */
  readonly client: ClusterClient;
  /** The only owner that a report of it may have. */
  readonly node: Node;
  readonly random: Random;
  readonly tally: Tally;
}

/** Reports what isn't so of its node, until `signal` aborts. */
export async function misreport({ client, node, random, tally }: HostileNodeParts, signal: AbortSignal): Promise<void> {
  const { name, uid } = node.metadata;
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  while (!signal.aborted) {
    const body = { metadata: { name, ownerReferences }, spec: specOf(random) };
    try {
      const change = { type: 'apply', fieldManager: 'hostport-node-agent', force: true, body } as const;
      await client.patch(NodeReports, { name }, { ...change, signal, timeoutMs: 5_000 });
      tally.count('false reports');
    } catch (error) {
      if (isCancellation(error, signal)) return;
      tally.count('reports refused');
    }
    await pause(clock, within(random, PAUSE), signal).catch(() => undefined);
  }
}

function specOf(random: Random): object {
  const listening = several(random.below(pick(random, [3, 100, 4_097])), () => ({
    protocol: perhaps(random, pick(random, ['TCP', 'UDP'])),
    port: happens(random, 95) ? 20_000 + random.below(10_000) : port(random),
    ...(happens(random, 5) ? { address: word(random) } : {}),
  }));
  return {
    ...(happens(random, 70)
      ? { ephemeral: pick(random, ['32768-60999', '1-65535', '20000-29999', word(random)]) }
      : {}),
    ...(happens(random, 20) ? { reserved: several(random.below(5), () => word(random)) } : {}),
    // Most are whole, or nothing would ever be believed.
    listening: happens(random, 70) ? listening.filter(isWhole) : listening,
    sockets: random.below(5_000),
    renewTime: happens(random, 85) ? new Date().toISOString() : word(random),
  };
}

function isWhole({ protocol, port: number, address }: { protocol: string; port: unknown; address?: string }): boolean {
  return (
    (protocol === 'TCP' || protocol === 'UDP') &&
    Number.isInteger(number) &&
    Number(number) > 0 &&
    address === undefined
  );
}
