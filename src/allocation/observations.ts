import { ANY_ADDRESS, holder, isPortNumber, protocolsOf } from '../core/index.ts';
import type { Claim, ProtocolName } from '../core/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import type { ResourceCache, Service } from '../kube/index.ts';

/** Records the claims that an observer sees on a number of a domain. A call replaces those of its earlier call. */
export type Observe = Pick<Ledger, 'observe'>;

/** Combines the claims of several observers, so that none of them removes what another one observes. */
export class Observations {
  readonly #ledger: Observe;
  readonly #observers: Map<string, readonly Claim[]>[] = [];

  constructor(ledger: Observe) {
    this.#ledger = ledger;
  }

  /** One more observer. The claims of earlier observers come first. */
  observer(): Observe {
    const seen = new Map<string, readonly Claim[]>();
    this.#observers.push(seen);
    return {
      observe: (key: DomainKey, number: number, observed: readonly Claim[]) => {
        const place = `${key} ${number}`;
        if (observed.length === 0) seen.delete(place);
        else seen.set(place, observed);
        this.#ledger.observe(
          key,
          number,
          this.#observers.flatMap((each) => each.get(place) ?? []),
        );
      },
    };
  }
}

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
