import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { LedgerNamespaceWatch } from '../../../src/manager/ledger-namespace-watch.ts';
import { LedgerNamespaceError, placeOfInstallation } from '../../../src/manager/ledger-namespace.ts';
import { generatedFiles, installedDefinitions } from '../../../src/manifests/index.ts';
import { ApiError } from '../../../src/kube/index.ts';
import type { ApiErrorKind, ClusterClient, ResourceType } from '../../../src/kube/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordedLog } from '../runtime/recorded-log.ts';
import type { RecordedLog } from '../runtime/recorded-log.ts';

type Stored = { readonly metadata: object; readonly subjects?: readonly object[] } | undefined;

const never = new AbortController().signal;
const definition = (namespace?: string): Stored => ({
  metadata: { annotations: namespace === undefined ? {} : { 'hostport.io/ledger-namespace': namespace } },
});

function refusal(kind: ApiErrorKind): ApiError {
  return new ApiError({ kind, code: 0, reason: '', message: `it is ${kind}`, request: 'get' });
}

/** Answers what `answers` has for a kind at that moment. */
function clientOf(answers: Readonly<Record<string, Stored | ApiError>>): ClusterClient {
  const find = ({ kind }: ResourceType) => {
    const answer = answers[kind];
    return answer instanceof ApiError ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { find } as unknown as ClusterClient;
}

describe('a manager', () => {
  let clock: FakeClock;
  let log: RecordedLog;
  let phase: Lifetime;
  let moved: Error[];
  let answers: Record<string, Stored | ApiError>;
  let watch: LedgerNamespaceWatch;

  beforeEach(() => {
    [clock, log, phase, moved, answers] = [new FakeClock(), recordedLog(), new Lifetime('phase'), [], {}];
    const onMoved = (error: Error): void => void moved.push(error);
    const { logger } = log;
    watch = new LedgerNamespaceWatch({ client: clientOf(answers), clock, logger, namespace: 'ports', onMoved });
  });
  afterEach(async () => {
    await phase[Symbol.asyncDispose]();
    expect(clock.pending).toBe(0);
  });

  const answer = (found: Stored | ApiError): void => void (answers['CustomResourceDefinition'] = found);
  const warnings = (): readonly string[] => log.at('warn').map(({ message }) => message);

  test('begins where the cluster names its namespace, and says nothing', async () => {
    answer(definition('ports'));
    await watch.start(phase);
    expect(watch.trouble()).toBeUndefined();
    expect(log.lines).toEqual([]);
  });

  test('does not begin where the cluster names another, and says what to do', async () => {
    answer(definition('elsewhere'));
    const start = watch.start(phase);
    await expect(start).rejects.toBeInstanceOf(LedgerNamespaceError);
    await expect(start).rejects.toThrow(
      'the ledger of this cluster is in namespace "elsewhere" (annotation hostport.io/ledger-namespace of ' +
        'customresourcedefinition/portpools.hostport.io), and not in "ports": a second one would give numbers that the ' +
        'first has given; run the manager with "--namespace elsewhere", or run "hostport uninstall --namespace elsewhere" ' +
        'and "hostport install" before',
    );
  });

  test.each([
    ['nothing is written down', definition(), 'no namespace is written down'],
    ['nothing readable is written down', definition(''), 'no namespace is written down'],
    ['it may not look', refusal('forbidden'), 'may not look'],
  ])('of an earlier installation, where %s, begins with a warning', async (_, found, warning) => {
    answer(found);
    await watch.start(phase);
    expect(watch.trouble()).toBeUndefined();
    expect(warnings()).toEqual([expect.stringContaining(warning)]);
    expect(warnings()).toEqual([expect.stringContaining('run "hostport install" once')]);
  });

  test.each([
    ['the API server is away', refusal('unavailable')],
    ['there are no kinds yet', undefined],
  ])('waits while %s, says so once, and begins or not by what comes then', async (_, found) => {
    answer(found);
    const start = watch.start(phase);
    await clock.advance(5_000);
    expect(watch.trouble()).toBeDefined();
    expect(warnings()).toHaveLength(1);
    answer(definition('elsewhere'));
    await Promise.all([clock.advance(1_000), expect(start).rejects.toBeInstanceOf(LedgerNamespaceError)]);
  });

  test('that waits can be ended', async () => {
    answer(undefined);
    const start = watch.start(phase);
    await clock.advance(500);
    await Promise.all([phase[Symbol.asyncDispose](), expect(start).rejects.toThrow('cancelled')]);
  });

  test('is told, once, when the cluster names another later', async () => {
    answer(definition('ports'));
    await watch.start(phase);
    for (const found of [refusal('unavailable'), refusal('forbidden'), undefined, definition()]) {
      answer(found);
      await clock.advance(15_000);
    }
    expect(moved).toEqual([]);
    answer(definition('elsewhere'));
    await clock.advance(60_000);
    expect(moved).toEqual([expect.any(LedgerNamespaceError)]);
  });
});

describe('an installation', () => {
  const managers = {
    subjects: [{ kind: 'ServiceAccount', name: 'hostport-manager', namespace: 'ports' }],
    metadata: {},
  };

  test.each([
    ['is nowhere without kinds', { ClusterRoleBinding: managers }, undefined],
    ['is nowhere with kinds alone', { CustomResourceDefinition: definition() }, undefined],
    ['is where the definition says', { CustomResourceDefinition: definition('a'), ClusterRoleBinding: managers }, 'a'],
    [
      'of an earlier version is where its managers are',
      { CustomResourceDefinition: definition(), ClusterRoleBinding: managers },
      'ports',
    ],
  ])('%s', async (_, answers, namespace) => {
    expect((await placeOfInstallation(clientOf(answers), never))?.namespace).toBe(namespace);
  });

  test('writes down its own namespace, and definitions that are applied alone write none', () => {
    const written = (documents: readonly object[]): readonly string[] =>
      [...JSON.stringify(documents).matchAll(/"hostport.io\/ledger-namespace":"([^"]*)"/g)].map(([, at = '']) => at);
    expect(written(installedDefinitions('ports'))).toEqual(['ports']);
    const files = [...generatedFiles('registry/hostport:1.2.3')].filter(([path]) => path.endsWith('portpools.yaml'));
    expect(files.map(([path, documents]) => [path, ...written(documents)])).toEqual([
      ['crds/hostport.io_portpools.yaml'],
      ['config/crd/hostport.io_portpools.yaml', 'hostport-system'],
    ]);
  });
});
