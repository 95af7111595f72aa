import { describe, expect, test } from '@jest/globals';
import { nodeAgentCommand } from '../../../src/cli/commands/node-agent.ts';
import { managerCommand } from '../../../src/cli/commands/manager.ts';
import { agentAccess, agentDaemonSet } from '../../../src/manifests/index.ts';

/** What is said to these arguments, undefined if nothing. */
function refusal(args: readonly string[], env: NodeJS.ProcessEnv = {}): string | undefined {
  const prepared = nodeAgentCommand.prepare(args, env);
  return prepared.ok ? undefined : prepared.error;
}

describe('node-agent', () => {
  test.each<[readonly string[], string]>([
    [[], '--node-name is missing: write the name of a node that "kubectl get nodes" shows'],
    [['--node-name=n1', '--report-interval=5'], '--report-interval "5" is no duration: write "20s", "500ms" or "2m"'],
    [['--node-name=n1', '--report-interval=1ms'], '--report-interval "1ms": write "100ms" or more'],
    [['--node-name=n1', '--log-level=loud'], '--log-level "loud": write one of error, warn, info, debug'],
  ])('refuses %j, and says what to write', (args, message) => {
    expect(refusal(args)).toBe(message);
  });

  test('is told its node by a flag or by the environment', () => {
    expect(refusal(['--node-name', 'n1'])).toBeUndefined();
    expect(refusal([], { HOSTPORT_NODE_NAME: 'n1' })).toBeUndefined();
  });
});

test('a manager refuses a life of reports that is no duration', () => {
  expect(managerCommand.prepare(['--node-report-life', 'long'], {})).toEqual({
    ok: false,
    error: '--node-report-life "long" is no duration: write "20s", "500ms" or "2m"',
  });
});

describe('the DaemonSet', () => {
  test('asks for the network of the host, and for no other right there', () => {
    expect(agentDaemonSet('system', 'registry/hostport:1.2.3')).toMatchObject({
      metadata: { namespace: 'system' },
      spec: {
        template: {
          spec: {
            hostNetwork: true,
            securityContext: { runAsNonRoot: true },
            containers: [
              {
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    });
    for (const right of ['hostPID', 'hostIPC', 'volumes', 'privileged', 'ports'])
      expect(JSON.stringify(agentDaemonSet('system', 'registry/hostport:1.2.3'))).not.toContain(`"${right}"`);
  });

  test('has an account that writes reports and nothing else', () => {
    const role = agentAccess('ports').find(({ kind }) => kind === 'ClusterRole');
    const rules = role?.['rules'] as readonly {
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
    }[];
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
    expect(writing.map(({ resources, verbs }) => [resources, verbs])).toEqual([[['nodereports'], ['create', 'patch']]]);
  });
});
