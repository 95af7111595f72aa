import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { silentLogger } from '../../../src/base/logger.ts';
import { roleInstanceSetRoute } from '../../../src/webhook/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { stored } from '../api/objects.ts';
import { annotated, component } from '../workload/role/roles.ts';

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const never = new AbortController().signal;

type Fields = Readonly<Record<string, unknown>>;

/** An AdmissionReview of a set, as API servers send it. */
function reviewOf(object: unknown, request: Fields = {}): Fields {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: UID,
      kind: { group: 'hostport.io', version: 'v1alpha1', kind: 'RoleInstanceSet' },
      resource: { group: 'hostport.io', version: 'v1alpha1', resource: 'roleinstancesets' },
      namespace: 'models',
      operation: 'CREATE',
      dryRun: false,
      object,
      oldObject: null,
      ...request,
    },
  };
}

/** The answer to `body`, and the outcomes that the metric counts. */
async function answerTo(body: unknown): Promise<{ readonly response: Fields; readonly outcomes: readonly string[] }> {
  const outcomes: string[] = [];
  const observe = (outcome: string): void => void outcomes.push(outcome);
  const answer = await roleInstanceSetRoute({ clock: new FakeClock(), log: silentLogger, observe })(body, never, {});
  expect(answer).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
  return { response: (answer as { readonly response: Fields }).response, outcomes };
}

function denial(message: string): Fields {
  const status = { status: 'Failure', code: 422, reason: 'InvalidRequest', message: `InvalidRequest: ${message}` };
  return { uid: UID, allowed: false, status };
}

const set = (...components: readonly Fields[]): Fields =>
  stored('RoleInstanceSet', { template: { spec: { components } } }, 'prefill');
const grpc = { name: 'grpc', env: 'GRPC_PORT' };
const http = { name: 'http', env: 'HTTP_PORT', scope: 'RoleScoped' };

describe('a set with ports', () => {
  test('that can work is let in as it is', async () => {
    const { response, outcomes } = await answerTo(
      reviewOf(set(component('leader', { ports: { allocations: [grpc] } }))),
    );
    expect(response).toEqual({ uid: UID, allowed: true });
    expect(outcomes).toEqual(['allowed']);
  });

  test('is let in as it comes, without what is filled in when it is stored', async () => {
    const object = { ...set(component('leader', { ports: { allocations: [grpc] } })) };
    const { response } = await answerTo(reviewOf({ ...object, metadata: { name: 'prefill', namespace: 'models' } }));
    expect(response).toEqual({ uid: UID, allowed: true });
  });

  test('of which a node can run one pod is let in with a warning', async () => {
    const spec = { hostNetwork: true, containers: [{ name: 'main' }] };
    const { response } = await answerTo(reviewOf(set(component('leader', { ports: { allocations: [http] }, spec }))));
    const warning = 'component "leader": its RoleScoped host port is one for all its pods: a node can run only one';
    expect(response).toEqual({ uid: UID, allowed: true, warnings: [warning] });
  });

  test('that can not is kept out, with all that is wrong', async () => {
    const components = [
      component('leader', { annotations: { 'hostport.io/port-allocator': '{"allocations": [{"name": "grpc"}]}' } }),
      component('worker', { ports: {}, annotations: annotated({}) }),
    ];
    const { response, outcomes } = await answerTo(reviewOf(set(...components)));
    expect(response).toMatchObject({ uid: UID, allowed: false, status: { code: 422 } });
    const { message } = response['status'] as { message: string };
    expect(message).toMatch(/^InvalidRequest: component "leader": hostport.io\/port-allocator: allocations\[0\].env: /);
    expect(message).toContain('; component "worker": ports and annotation hostport.io/port-allocator say the same');
    expect(outcomes).toEqual(['InvalidRequest']);
  });

  test('is kept out for what the API server cannot see in typed ports', async () => {
    const ports = { allocations: [grpc, { ...http, env: 'GRPC_PORT' }] };
    const { response } = await answerTo(reviewOf(set(component('leader', { ports }))));
    expect(response).toEqual(
      denial(
        'spec.template.spec.components[0].ports.allocations[1].env: env "GRPC_PORT" is used by allocations[0]: write another one',
      ),
    );
  });
});

describe('a change of a set', () => {
  const before = set(component('leader', { ports: { allocations: [grpc] } }));
  const changed = set(component('leader', { ports: { allocations: [grpc, http] } }));

  test('leaves the ports of a component that is there alone', async () => {
    const { response } = await answerTo(reviewOf(changed, { operation: 'UPDATE', oldObject: before }));
    expect(response).toEqual(
      denial(
        'component "leader": the ports of a component that is there stay as they are: give the component another name, or remove it and add it again when its pods are gone',
      ),
    );
  });

  test.each<[string, unknown]>([
    ['may change all else', set(component('leader', { size: 9, ports: { allocations: [grpc, http] } }))],
    ['is compared with nothing that has another form', { metadata: {} }],
    ['is compared with nothing that is not there', undefined],
  ])('%s', async (_, oldObject) => {
    const { response } = await answerTo(reviewOf(changed, { operation: 'UPDATE', oldObject }));
    expect(response).toEqual({ uid: UID, allowed: true });
  });
});

describe('what is no review', () => {
  test('is refused under the UID that it has', async () => {
    const { response, outcomes } = await answerTo(reviewOf(set(component('leader')), { operation: 'DELETE' }));
    expect(response).toMatchObject({ uid: UID, allowed: false, status: { code: 422, reason: 'InvalidRequest' } });
    expect((response['status'] as { message: string }).message).toContain('request.operation');
    expect(outcomes).toEqual(['InvalidRequest']);
  });

  test('is refused in a review, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fc.jsonValue()), async (body) => {
        expect((await answerTo(body)).response).toMatchObject({ uid: '', allowed: false });
      }),
      { numRuns: 300 },
    );
  });

  test('is refused when its object is of no use', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (object) => {
        expect((await answerTo(reviewOf(object))).response).toMatchObject({ uid: UID, allowed: false });
      }),
      { numRuns: 300 },
    );
  });
});
