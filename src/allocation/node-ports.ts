import { ANY_ADDRESS, holder, isPortNumber, protocolsOf } from '../core/index.ts';
import type { Claim, ProtocolName } from '../core/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { ResourceCache, Service } from '../kube/index.ts';

/**
 * Keeps observed claims for the node ports of Services, health checks' included. A Service has its node ports on every
 * node, so they block in every domain; Hostport never releases them.
 */
export function observeNodePorts(services: ResourceCache<Service>, ledger: Ledger): Disposable {
  const observed = new Map<number, readonly Claim[]>();
  return services.subscribe((change) => {
    const { type, object } = change;
    const previous = type === 'applied' ? change.previous : undefined;
    const touched = new Set<number>();
    for (const { number, holder: by } of nodePortsOf(previous ?? object)) {
      observed.set(
        number,
        (observed.get(number) ?? []).filter((claim) => claim.holder.uid !== by.uid),
      );
      touched.add(number);
    }
    for (const claim of type === 'deleted' ? [] : nodePortsOf(object)) {
      observed.set(claim.number, [...(observed.get(claim.number) ?? []), claim]);
      touched.add(claim.number);
    }
    for (const number of touched) ledger.observeEverywhere(number, observed.get(number) ?? []);
  });
}

function nodePortsOf({ metadata, spec }: Service): readonly Claim[] {
  const { namespace = '', name, uid } = metadata;
  const common = {
    address: ANY_ADDRESS,
    pool: '',
    holder: holder({ group: '', kind: 'Service', namespace, name, uid }),
    state: 'observed',
    time: Math.floor(Date.parse(metadata.creationTimestamp) / 1000),
  } as const;
  const ports = (spec?.ports ?? []).map(({ nodePort = 0, protocol = 'TCP', name: port = '' }): Claim => {
    return { ...common, number: nodePort, protocols: protocolsOf(protocol as ProtocolName), port };
  });
  const health: Claim = {
    ...common,
    number: spec?.healthCheckNodePort ?? 0,
    protocols: protocolsOf('TCP'),
    port: 'health',
  };
  return [...ports, health].filter(({ number }) => isPortNumber(number));
}
