import { CLUSTER } from '../../allocation/index.ts';
import type { Ledger } from '../../allocation/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Lifetime } from '../../base/lifetime.ts';
import type { Logger } from '../../base/logger.ts';
import { keyOf, whenFilled } from '../../kube/index.ts';
import type { CacheChange, KubeObject, Service } from '../../kube/index.ts';
import type { MakeController } from '../../runtime/index.ts';
import type { LeaderTools } from '../../runtime/index.ts';
import { Doubts } from './doubts.ts';
import { SeenServices, homeOf, isAnnotated, zoneIn } from './seen.ts';
import { ServiceReconciler } from './reconciler.ts';
import { isFindable } from './endpoint.ts';
import type { ClaimsOn } from './entitled.ts';
import type { ServiceCaches } from './seen.ts';

/** What the publishing of Services needs from the other parts of a manager. */
export interface ServicesParts {
  readonly caches: ServiceCaches;
  readonly ledger: Pick<Ledger, 'domain' | 'subscribe'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly makeController: MakeController;
}

/** How many Services are reconciled at once; the writes of each run in parallel, too. */
const WORKERS = 4;
/** Changes of the pods of a Service within this time, in milliseconds, are handled together. */
const TOGETHER_MS = 300;

/** Services that publish the numbers of their pods, for one manager. */
export class PublishedServices {
  readonly #parts: ServicesParts;
  readonly #seen: SeenServices;

  constructor(parts: ServicesParts) {
    this.#parts = parts;
    this.#seen = new SeenServices(parts.caches, claimsIn(parts.ledger));
  }

  /** Starts what only a leader does, once the existing slices are read. */
  serve(term: Lifetime, tools: LeaderTools): void {
    whenFilled(term, [this.#parts.caches.slices], () => this.#serve(term, tools));
  }

  #serve(term: Lifetime, tools: LeaderTools): void {
    const { caches, ledger, clock, log, makeController } = this.#parts;
    const seen = this.#seen;
    term.own(seen.begin());
    const doubts = term.own(
      new Doubts({
        clock,
        judge: (pod) => seen.entitlementOf(pod),
        onChange: (pod) => {
          for (const service of seen.servicesOf(pod)) controller.enqueue(keyOf(service));
        },
      }),
    );
    const reconciler = new ServiceReconciler({ ...tools, seen, slices: caches.slices, doubts, log });
    const controller = makeController('service', WORKERS, (key, signal) => reconciler.reconcile(key, signal));
    term.own(ledger.subscribe((_domain, changes) => doubts.ledgerChanged(changes.keys())));
    const soon = (key: string): void => controller.enqueueAfter(key, TOGETHER_MS);
    term.own(
      caches.services.subscribe((change) => {
        if (changed(change).some((service) => this.#concerns(service))) controller.enqueue(keyOf(change.object));
      }),
    );
    term.own(
      caches.pods.subscribe((change) => {
        if (change.type === 'deleted' || !isFindable(change.object)) doubts.forget(change.object);
        for (const pod of changed(change)) seen.servicesOf(pod).map(keyOf).forEach(soon);
      }),
    );
    term.own(
      caches.nodes.subscribe((change) => {
        const zones = new Set(changed(change).map(zoneIn));
        if (zones.size > 1) caches.services.list().filter(isAnnotated).map(keyOf).forEach(soon);
      }),
    );
    term.own(
      caches.slices.subscribe((change) => {
        for (const slice of changed(change)) soon(homeOf(slice));
      }),
    );
    controller.start(term);
  }

  #concerns(service: Service): boolean {
    return isAnnotated(service) || this.#seen.slicesOf(keyOf(service)).length > 0;
  }
}

/** The object, and its previous version. */
function changed<T extends KubeObject>(change: CacheChange<T>): readonly T[] {
  const previous = change.type === 'applied' ? change.previous : undefined;
  return previous === undefined ? [change.object] : [change.object, previous];
}

function claimsIn(ledger: Pick<Ledger, 'domain'>): ClaimsOn {
  return (number, nodeName) => {
    const ofCluster = ledger.domain(CLUSTER).claimsOn(number);
    if (nodeName === CLUSTER) return ofCluster;
    const ofNode = ledger.domain(nodeName).claimsOn(number);
    return ofNode.length === 0 ? ofCluster : [...ofCluster, ...ofNode];
  };
}
