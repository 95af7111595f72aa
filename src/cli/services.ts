import type { Lifetime } from '../base/lifetime.ts';
import { SeenServices, ServiceReconciler, homeOf, isAnnotated, zoneIn } from '../controllers/service/index.ts';
import type { ServiceCaches } from '../controllers/service/index.ts';
import { keyOf } from '../kube/index.ts';
import type { CacheChange, KubeObject, Service } from '../kube/index.ts';
import type { MakeController } from '../runtime/index.ts';
import { whenFilled } from './caches.ts';
import type { LeaderTools } from './leader-tools.ts';

/** What the publishing of Services needs of the rest of the product. */
export interface ServicesParts {
  readonly caches: ServiceCaches;
  readonly makeController: MakeController;
}

/** Services that are looked at at once; the writes of each run beside each other, too. */
const WORKERS = 4;
/** What happens to the pods of a Service soon after one another is looked at together, in milliseconds. */
const TOGETHER_MS = 300;

/** Services that publish the numbers of their pods, in one manager. */
export class PublishedServices {
  readonly #parts: ServicesParts;
  readonly #seen: SeenServices;

  constructor(parts: ServicesParts) {
    this.#parts = parts;
    this.#seen = new SeenServices(parts.caches);
  }

  /** Starts what only a leader does, once the slices that are there are read. */
  serve(term: Lifetime, tools: LeaderTools): void {
    whenFilled(term, [this.#parts.caches.slices], () => this.#serve(term, tools));
  }

  #serve(term: Lifetime, tools: LeaderTools): void {
    const { caches, makeController } = this.#parts;
    const reconciler = new ServiceReconciler({ ...tools, seen: this.#seen, slices: caches.slices });
    const controller = makeController('service', WORKERS, (key, signal) => reconciler.reconcile(key, signal));
    const soon = (key: string): void => controller.enqueueAfter(key, TOGETHER_MS);
    term.own(
      caches.services.subscribe((change) => {
        if (changed(change).some((service) => this.#concerns(service))) controller.enqueue(keyOf(change.object));
      }),
    );
    term.own(
      caches.pods.subscribe((change) => {
        for (const pod of changed(change)) this.#seen.servicesOf(pod).map(keyOf).forEach(soon);
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

/** The object as it is, and as it was. */
function changed<T extends KubeObject>(change: CacheChange<T>): readonly T[] {
  const previous = change.type === 'applied' ? change.previous : undefined;
  return previous === undefined ? [change.object] : [change.object, previous];
}
