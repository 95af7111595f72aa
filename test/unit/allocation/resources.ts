import { parseNodeReport, parsePortAllocation, parsePortPool } from '../../../src/api/index.ts';
import type {
  NodeReport,
  NodeReportSpec,
  PortAllocation,
  PortAllocationManifest,
  PortPool,
  PortPoolManifest,
} from '../../../src/api/index.ts';

/** A stored pool as the API server shows it; `age` in seconds, the larger the older. */
export function storedPool(
  name: string,
  spec: PortPoolManifest['spec'],
  more: { age?: number; isDefault?: boolean; deleting?: boolean } = {},
): PortPool {
  const parsed = parsePortPool({
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'PortPool',
    metadata: {
      ...storedMeta(name, more.age ?? 0),
      ...(more.isDefault === true ? { annotations: { 'hostport.io/is-default-pool': 'true' } } : {}),
      ...(more.deleting === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec,
  });
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  return parsed.value;
}

/** A stored allocation in namespace `games`, with a status if one is given. */
export function storedAllocation(
  name: string,
  spec: PortAllocationManifest['spec'],
  status?: PortAllocation['status'],
): PortAllocation {
  const parsed = parsePortAllocation({
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'PortAllocation',
    metadata: { ...storedMeta(name, 0), namespace: 'games' },
    spec,
    ...(status === undefined ? {} : { status }),
  });
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  return parsed.value;
}

/** What the agent of a node reported; without more, that nothing listens. */
export function storedReport(node: string, spec: Partial<NodeReportSpec> = {}): NodeReport {
  const parsed = parseNodeReport({
    apiVersion: 'hostport.io/v1alpha1',
    kind: 'NodeReport',
    metadata: storedMeta(node, 0),
    spec: { listening: [], sockets: 0, renewTime: '2026-01-02T03:04:05.000000Z', ...spec },
  });
  if (!parsed.ok) throw new Error(parsed.error.join('; '));
  return parsed.value;
}

function storedMeta(name: string, age: number) {
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1) - age * 1000).toISOString();
  return { name, uid: `uid-${name}`, resourceVersion: '1', generation: 1, creationTimestamp };
}
