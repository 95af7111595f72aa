import { describe, expect, test } from '@jest/globals';
import { publicationOf } from '../../../src/controllers/service/publication.ts';
import type { Service } from '../../../src/kube/index.ts';
import { service } from './published.ts';

const PUBLISH = 'hostport.io/publish';
const SELECTOR = 'hostport.io/selector';

function annotated(annotations: Readonly<Record<string, string>>, spec: object = {}): Service {
  return service(spec, { annotations });
}

/** What is said of the Service; empty when nothing is. */
function refusalOf(of: Service): string {
  const publication = publicationOf(of);
  return publication.ok ? '' : `${publication.error.reason}: ${publication.error.message}`;
}

describe('a Service', () => {
  test('publishes its ports, for the pods that its annotation names', () => {
    const publication = publicationOf(service());
    if (!publication.ok || publication.value === undefined) throw new Error('it publishes nothing');
    expect(publication.value.ports).toEqual([{ name: 'web', protocol: 'TCP', target: 'http' }]);
    expect(publication.value.selects({ app: 'web' })).toBe(true);
    expect(publication.value.selects({ app: 'db' })).toBe(false);
    expect(publication.value.selects(undefined)).toBe(false);
  });

  test('publishes for the pods of its own selector', () => {
    const publication = publicationOf(annotated({ [PUBLISH]: 'true' }, { selector: { app: 'web', tier: 'a' } }));
    if (!publication.ok || publication.value === undefined) throw new Error('it publishes nothing');
    expect(publication.value.selects({ app: 'web', tier: 'a', more: 'x' })).toBe(true);
    expect(publication.value.selects({ app: 'web' })).toBe(false);
  });

  test.each([
    ['without the annotation', {}],
    ['that says no', { [PUBLISH]: 'false' }],
    ['that says no, and which pods it would be', { [PUBLISH]: 'false', [SELECTOR]: 'app=web' }],
  ])('%s publishes nothing', (_, annotations) => {
    expect(publicationOf(annotated(annotations))).toEqual({ ok: true, value: undefined });
  });

  test.each(['NodePort', 'LoadBalancer', 'ClusterIP'])('of type %s is published', (type) => {
    expect(refusalOf(service({ type }))).toBe('');
  });

  const yes = { [PUBLISH]: 'true', [SELECTOR]: 'app=web' };
  test.each<readonly [string, Readonly<Record<string, string>>, object, string]>([
    [
      'says neither yes nor no',
      { [PUBLISH]: 'yes' },
      {},
      'hostport.io/publish: "yes" is neither "true" nor "false": write one',
    ],
    ['names pods for nothing', { [SELECTOR]: 'app=web' }, {}, 'write hostport.io/publish: "true", too'],
    [
      'names no pods',
      { [PUBLISH]: 'true' },
      {},
      'the Service names no pods: write hostport.io/selector, like "app=web"',
    ],
    ['names them twice', yes, { selector: { app: 'web' } }, 'has spec.selector, and hostport.io/selector as well'],
    [
      'names them badly',
      { ...yes, [SELECTOR]: 'app in web' },
      {},
      'hostport.io/selector: "app in web": "app in web" can\'t be read: write a label selector',
    ],
    ['is a name alone', yes, { type: 'ExternalName' }, 'a Service of type ExternalName has no endpoints'],
    ['has no ports', yes, { ports: undefined }, 'the Service has no ports: write spec.ports'],
    [
      'has a number',
      yes,
      { ports: [{ name: 'web', port: 80, targetPort: 8080 }] },
      'port "web" (80) has targetPort 8080, and each pod has a number of its own: write targetPort: NAME',
    ],
    ['has a port without target or name', yes, { ports: [{ port: 80 }] }, 'port 80 has targetPort 80, and'],
  ])('that %s is refused', (_, annotations, spec, says) => {
    const said = refusalOf(annotated(annotations, spec));
    expect(said).toMatch(/^InvalidRequest: /);
    expect(said).toContain(says);
  });

  test('is told all of its faults at once', () => {
    const ports = [
      { name: 'a', port: 1, targetPort: 1 },
      { name: 'b', port: 2, targetPort: 'b' },
      { name: 'c', port: 3, targetPort: 4 },
    ];
    const said = refusalOf(annotated({ [PUBLISH]: 'true' }, { ports }));
    for (const part of ['"a" (1)', '"c" (3)', 'names no pods']) expect(said).toContain(part);
    expect(said).not.toContain('"b"');
  });
});
