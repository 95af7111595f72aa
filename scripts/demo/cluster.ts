import { delimiter } from 'node:path';
import type { Lifetime } from '../../src/base/lifetime.ts';
import { startControlPlane } from '../../test/support/control-plane/control-plane.ts';
import { freePort } from '../../test/support/control-plane/ports.ts';
import { startHostport } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { root } from '../../test/support/hostport/program.ts';
import { Stage } from './stage.ts';

/** What the scenes are played on. */
export interface Theatre {
  readonly stage: Stage;
  readonly hostport: RunningHostport;
}

/** Starts a cluster of its own, whatever `$KUBECONFIG` says, installs Hostport and starts two managers. */
export async function openTheatre(lifetime: Lifetime): Promise<Theatre> {
  const front = new Stage(root, { PATH: pathNow() });
  front.heading('A cluster');
  const report = (line: string): void => front.say(`  ${line}`);
  const starting = startControlPlane({ nodes: 3, report });
  const plane = lifetime.own(await front.wait('etcd, kube-apiserver, its controllers and three fake nodes', starting));
  // The start has put a kubectl onto the path if there was none.
  const stage = front.with({ PATH: pathNow(), KUBECONFIG: plane.kubeconfig });
  await stage.type('kubectl get nodes');

  stage.heading('Hostport, with two managers');
  const webhookPort = await freePort();
  await stage.type(`node dist/hostport.js install --webhook-url https://127.0.0.1:${webhookPort}`);
  const managers = startHostport({ plane, managers: 2, webhookPort });
  const hostport = lifetime.own(
    await stage.wait('two managers, each with the rights of the service account', managers),
  );
  for (const { name, pid, url } of hostport.managers) {
    stage.say(`  ${name}: process ${pid ?? 'gone'}, metrics and health at ${url}`);
  }
  return { stage, hostport };
}

function pathNow(): string {
  return `${root}node_modules/.bin${delimiter}${process.env['PATH'] ?? ''}`;
}
