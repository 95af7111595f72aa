import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PodsByLabel } from '../../../src/controllers/service/pods-by-label.ts';
import { publicationOf } from '../../../src/controllers/service/publication.ts';
import { ServicesByLabel } from '../../../src/controllers/service/services-by-label.ts';
import { keyOf } from '../../../src/kube/index.ts';
import type { CacheChange, CacheListener, Pod, Service } from '../../../src/kube/index.ts';
import { service } from './published.ts';

const name = fc.constantFrom('a', 'b', 'c', 'd');
const namespace = fc.constantFrom('arena', 'office');
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'zone'), fc.constantFrom('x', 'y', ''), { maxKeys: 3 });
const selector = fc.constantFrom(
  'app=x',
  'app=y,tier=x',
  'app in (x,y)',
  'app in (x,x,y),zone=x',
  'tier',
  '!zone',
  'app!=x',
  'tier=,zone in (y)',
);
const podStep = fc.record({
  kind: fc.constant('pod'),
  namespace,
  name,
  labels,
  is: fc.constantFrom('told', 'plain', 'gone'),
});
const serviceStep = fc.record({
  kind: fc.constant('service'),
  namespace,
  name,
  selector,
  is: fc.constantFrom('published', 'ours', 'wrong', 'gone'),
});
const fill = { kind: 'fill' } as const;
const step = fc.oneof(podStep, podStep, serviceStep, fc.constant(fill));

/** A cache of pods that a test fills. */
class Pods {
  readonly objects = new Map<string, Pod>();
  readonly #listeners = new Set<CacheListener<Pod>>();

  get(space: string | undefined, called: string): Pod | undefined {
    return this.objects.get(`${space ?? ''}/${called}`);
  }

  list(): readonly Pod[] {
    return [...this.objects.values()];
  }

  subscribe(listener: CacheListener<Pod>): Disposable {
    for (const object of this.objects.values()) listener({ type: 'applied', object });
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  tell(change: CacheChange<Pod>): void {
    for (const listener of this.#listeners) listener(change);
  }

  put(metadata: object, isTold: boolean): void {
    const annotations = isTold ? { 'hostport.io/allocated-http': '7000' } : {};
    const object = { metadata: { ...metadata, annotations }, spec: { containers: [] } } as unknown as Pod;
    const previous = this.objects.get(keyOf(object));
    this.objects.set(keyOf(object), object);
    this.tell({ type: 'applied', object, ...(previous === undefined ? {} : { previous }) });
  }

  /** The last version that is told may be another than the one before. */
  remove(metadata: { readonly namespace: string; readonly name: string }): void {
    const known = this.objects.get(`${metadata.namespace}/${metadata.name}`);
    if (known === undefined) return;
    this.objects.delete(keyOf(known));
    this.tell({ type: 'deleted', object: { ...known, metadata: { ...known.metadata, labels: { app: 'x' } } } });
  }
}

const isTold = ({ metadata }: Pod): boolean => Object.keys(metadata.annotations ?? {}).length > 0;

function serviceOf({
  namespace: space,
  name: called,
  selector: text,
  is,
}: {
  namespace: string;
  name: string;
  selector: string;
  is: string;
}): Service {
  const publish = { ours: 'false', wrong: 'yes' }[is] ?? 'true';
  return service(
    {},
    { namespace: space, name: called, annotations: { 'hostport.io/publish': publish, 'hostport.io/selector': text } },
  );
}

describe('by labels', () => {
  test('a Service finds its pods, and a pod its Services, as a look at all of them does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const pods = new Pods();
        using byLabel = new PodsByLabel(pods);
        const services = new Map<string, Service>();
        const ofPod = new ServicesByLabel((each) => {
          const publication = publicationOf(each);
          return publication.ok ? publication.value?.needs : undefined;
        });
        let isFilled = false;
        for (const each of [...steps, fill]) {
          if (each.kind === 'pod') {
            const metadata = { namespace: each.namespace, name: each.name };
            if (each.is === 'gone') pods.remove(metadata);
            else pods.put({ ...metadata, labels: each.labels }, each.is === 'told');
          } else if (each.kind === 'service') {
            const object = serviceOf(each);
            if (each.is === 'gone') services.delete(keyOf(object));
            else services.set(keyOf(object), object);
            ofPod.follow({ type: each.is === 'gone' ? 'deleted' : 'applied', object });
            if (each.is === 'gone') byLabel.leave(each.namespace, keyOf(object));
          } else {
            await byLabel.need('arena', [], 'arena/nobody');
            isFilled = true;
          }
          if (!isFilled) continue;
          for (const object of services.values()) {
            const publication = publicationOf(object);
            if (!publication.ok || publication.value === undefined) continue;
            const { selects, needs } = publication.value;
            const space = object.metadata.namespace ?? '';
            // What happens before it has its turn again is seen by it, too.
            const isReady = byLabel.need(space, needs, keyOf(object));
            if (each.kind === 'fill') await isReady;
            const found = [...byLabel.among(space, needs)].filter((pod) => selects(pod.metadata.labels));
            const all = pods.list().filter((pod) => pod.metadata.namespace === space && isTold(pod));
            const right = all.filter((pod) => selects(pod.metadata.labels));
            expect(found.map(keyOf).sort()).toEqual(right.map(keyOf).sort());
            expect(new Set(found)).toEqual(new Set(right));
          }
          for (const pod of pods.list()) {
            const publishes = (object: Service): boolean => {
              const publication = publicationOf(object);
              return publication.ok && publication.value?.selects(pod.metadata.labels) === true;
            };
            const found = [...ofPod.among(pod)].filter(publishes);
            const all = [...services.values()].filter(({ metadata }) => metadata.namespace === pod.metadata.namespace);
            expect(found.map(keyOf).sort()).toEqual(all.filter(publishes).map(keyOf).sort());
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a Service of few pods looks at few, whatever others there are with one of its labels', async () => {
    const pods = new Pods();
    for (let at = 0; at < 1_000; at++) {
      pods.put({ namespace: 'arena', name: `p${at}`, labels: { app: 'web', shard: String(at % 500) } }, true);
    }
    using byLabel = new PodsByLabel(pods);
    const needs = [
      { key: 'app', values: ['web'] },
      { key: 'shard', values: ['7'] },
    ];
    await byLabel.need('arena', needs, 'arena/shop');
    expect([...byLabel.among('arena', needs)]).toHaveLength(2);
    const ofPod = new ServicesByLabel(() => needs);
    const shard = (at: number): Service => service({}, { name: `s${at}` });
    const many = new ServicesByLabel(({ metadata }) => [
      { key: 'app', values: ['web'] },
      { key: 'shard', values: [metadata.name.slice(1)] },
    ]);
    for (let at = 0; at < 500; at++) many.follow({ type: 'applied', object: shard(at) });
    ofPod.follow({ type: 'applied', object: shard(7) });
    const pod = pods.get('arena', 'p7');
    if (pod === undefined) throw new Error('the pod is there');
    expect([...ofPod.among(pod)]).toHaveLength(1);
    expect([...many.among(pod)].length).toBeLessThanOrEqual(2);
  });
});
