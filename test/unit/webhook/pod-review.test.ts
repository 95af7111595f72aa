import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPodReview } from '../../../src/webhook/pod-review.ts';
import { asked, reviewOf } from './reviews.ts';

describe('an AdmissionReview', () => {
  test('is read as far as it concerns a pod', () => {
    expect(readPodReview(reviewOf(asked))).toEqual({
      ok: true,
      value: {
        uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
        namespace: 'arena',
        dryRun: false,
        username: 'alice',
        pod: asked,
      },
    });
  });

  test('says whether it is a dry run', () => {
    expect(readPodReview(reviewOf(asked, { dryRun: true }))).toMatchObject({ ok: true, value: { dryRun: true } });
  });

  test.each([
    ['dryRun', { dryRun: false }],
    ['userInfo', { username: '' }],
  ])('may be without %s', (field, value) => {
    expect(readPodReview(reviewOf(asked, { [field]: undefined }))).toMatchObject({ ok: true, value });
  });

  test('leaves what it does not know on the pod', () => {
    const strange = { ...asked, spec: { ...asked.spec, resourceClaims: [{ name: 'gpu' }] }, extra: [1] };
    expect(readPodReview(reviewOf(strange))).toMatchObject({ ok: true, value: { pod: strange } });
  });
});

const pod = (change: object): object => ({ ...asked, ...change });

test.each<readonly [string, unknown, string]>([
  ['nothing', undefined, 'expected object'],
  ['null', null, 'expected object'],
  ['a list', [], 'expected object'],
  ['a text', 'AdmissionReview', 'expected object'],
  ['an empty object', {}, 'apiVersion'],
  ['another version', { ...reviewOf(asked), apiVersion: 'admission.k8s.io/v1beta1' }, 'apiVersion'],
  ['another kind', { ...reviewOf(asked), kind: 'ConversionReview' }, 'kind'],
  ['an answer', { ...reviewOf(asked), request: undefined }, 'request'],
  ['no UID', reviewOf(asked, { uid: '' }), 'request.uid'],
  ['an update', reviewOf(asked, { operation: 'UPDATE' }), 'request.operation'],
  ['a deletion', reviewOf(undefined, { operation: 'DELETE' }), 'request.operation'],
  ['a Service', reviewOf(asked, { resource: { group: '', version: 'v1', resource: 'services' } }), 'resource'],
  ['pods of another group', reviewOf(asked, { resource: { group: 'metrics.k8s.io', resource: 'pods' } }), 'group'],
  ['no namespace', reviewOf(asked, { namespace: undefined }), 'request.namespace'],
  ['an empty namespace', reviewOf(asked, { namespace: '' }), 'request.namespace'],
  ['no object', reviewOf(undefined), 'request.object'],
  ['a pod without metadata', reviewOf(pod({ metadata: undefined })), 'request.object.metadata'],
  ['a pod without spec', reviewOf(pod({ spec: undefined })), 'request.object.spec'],
  ['containers that are none', reviewOf(pod({ spec: { containers: {} } })), 'request.object.spec.containers'],
  ['a container that is none', reviewOf(pod({ spec: { containers: [null] } })), 'request.object.spec.containers.0'],
  [
    'a container without a name',
    reviewOf(pod({ spec: { containers: [{}] } })),
    'request.object.spec.containers.0.name',
  ],
  [
    'an annotation that is no text',
    reviewOf(pod({ metadata: { annotations: { 'hostport.io/enabled': true } } })),
    'request.object.metadata.annotations.hostport.io/enabled',
  ],
])('%s is no review of a pod, and the place is named', (_, body, where) => {
  const read = readPodReview(body);
  expect(read).toMatchObject({ ok: false });
  const text = read.ok ? '' : read.error;
  expect(text).toMatch(/^no AdmissionReview of a pod's creation: /);
  expect(text).toContain(where);
});

test('whatever is sent, it is read or refused, never a fault', () => {
  const anything = fc.anything({ maxDepth: 4, withNullPrototype: true });
  fc.assert(
    fc.property(fc.oneof(anything, fc.jsonValue(), anything.map(reviewAround)), (body) => {
      expect(typeof readPodReview(body).ok).toBe('boolean');
    }),
    { numRuns: 2_000 },
  );
});

function reviewAround(object: unknown): object {
  return reviewOf(object);
}
