import type { PortPoolStatus } from '../../src/api/index.ts';
import { blockOf } from '../../src/ledger/index.ts';
import type { Theatre } from './cluster.ts';
import { insist } from './stage.ts';

/** The number that `samples/allocation-explicit.yaml` asks for. */
const EXPLICIT = 21_050;

/** Applies the samples, and shows the numbers. */
export async function giveNumbers({ stage, hostport: { objects, eventually } }: Theatre): Promise<void> {
  stage.heading('Ports by asking');
  await stage.type('for file in samples/{pool,allocation}-*.yaml; do kubectl apply -f $file; done');
  const names = ['simple', 'explicit', 'block', 'tcpudp', 'on-node-1'] as const;
  const given = Promise.all(names.map((name) => objects.given(name)));
  const [, explicit, block, both] = await stage.wait('everybody has numbers', given);
  await objects.refused('refused', 'PortOutsidePool');
  // Numbers of "game" are numbers of "default" too, which also gave two to "simple".
  const counts = (): Promise<(number | undefined)[]> =>
    Promise.all(['game', 'default', 'by-node'].map(async (name) => (await objects.findPool(name))?.status?.allocated));
  await eventually(
    counts,
    ([game, all, onNodes]) => game === 11 && all === 13 && onNodes === 1,
    'the pools count what is given',
  );
  await stage.type('kubectl get portpools');
  stage.say('The range of "default" contains that of "game", so "default" counts the numbers of both.\n');
  await stage.type('kubectl get portallocations -A');

  const rcon = explicit?.find(({ name }) => name === 'rcon');
  insist(rcon?.port === EXPLICIT, `"explicit" asked for ${EXPLICIT} and was given ${rcon?.port ?? 'nothing'}`);
  const rtp = block?.[0];
  insist(rtp !== undefined && rtp.endPort === rtp.port + 7, '"block" was not given eight consecutive numbers');
  insist(both?.[0]?.protocol === 'TCPUDP', '"tcpudp" was not given one number on both protocols');
  stage.say(`"explicit" has exactly the number that it asked for: ${EXPLICIT}. "block" has eight in a row:`);
  stage.say(`${rtp.port} to ${rtp.endPort}. "tcpudp" has one number on both protocols. "refused" has none.`);
}

/** Shows why an allocation has no numbers. */
export async function explainRefusal({ stage, hostport: { objects, eventually } }: Theatre): Promise<void> {
  stage.heading('A refusal, and its reason');
  const isTold = (reason: string | undefined): boolean => reason === 'PortOutsidePool';
  const told = async (): Promise<boolean> => (await objects.eventsOf('refused')).some(({ reason }) => isTold(reason));
  await eventually(told, (is) => is, 'there is an Event about the refusal');
  const events = await stage.type("kubectl describe portallocation refused | sed -n '/^Events:/,$p'");
  insist(events.includes('PortOutsidePool'), 'the description of "refused" does not give the reason');
}

/** Shows a block of the ledger. */
export async function showLedger({ stage }: Theatre): Promise<void> {
  stage.heading('The ledger: who holds what, in ConfigMaps that a person can read');
  const name = `hostport-cluster-${blockOf(EXPLICIT)}`;
  const yaml = await stage.type(`kubectl -n hostport-system get configmap ${name} -o yaml`);
  insist(yaml.includes('default/explicit'), `${name} does not name the holder of ${EXPLICIT}`);
}

/** Kills the manager that leads; the other one takes over. */
export async function killLeader({ stage, hostport }: Theatre): Promise<void> {
  const { objects, eventually } = hostport;
  stage.heading('A manager is killed, and the work goes on');
  const leader = await eventually(
    () => hostport.leader(),
    (found) => found?.pid !== undefined,
    'one manager leads',
  );
  stage.say(`${leader?.name ?? ''} leads.`);
  await stage.type(`kill -KILL ${leader?.pid ?? ''}`);
  await stage.type("sed 's/name: simple/name: afterwards/' samples/allocation-simple.yaml | kubectl apply -f -");
  await stage.wait(
    'the other manager finds the lease expired, after 15 s, and takes over',
    objects.given('afterwards', 'default', 60_000),
  );
  const shown = await stage.type('kubectl get portallocations');
  insist(/^afterwards .*True/m.test(shown), '"afterwards" was given no numbers');
  const next = await hostport.leader();
  insist(next !== undefined && next !== leader, 'the other manager did not take over');
}

/** Deletes the allocations: their numbers cool down, then they are free. */
export async function takeBack({ stage, hostport: { objects, eventually, kubectl } }: Theatre): Promise<void> {
  stage.heading('Numbers come back: first cooling, then free');
  const game = async (): Promise<PortPoolStatus | undefined> => (await objects.findPool('game'))?.status;
  const isCooling = (status: PortPoolStatus | undefined): boolean => status?.allocated === 0 && status.cooling !== 0;
  await stage.type('kubectl delete deployments,statefulsets,jobs,pods --all');
  await Promise.all([
    stage.type("kubectl delete portallocations -l '!hostport.io/record' --wait=false"),
    eventually(game, isCooling, 'the numbers of "game" cool down', 60_000),
  ]);
  await stage.type('kubectl get portpools');
  const left = async (): Promise<string> => (await kubectl(['get', 'portallocations', '-A'])).stdout;
  await stage.wait(
    'the records of the pods go with them, and what the set and its instances had',
    eventually(left, (text) => text === '', 'nothing is left', 60_000),
  );
  await stage.type('kubectl get portallocations -A');
  const free = eventually(game, (status) => status?.cooling === 0, 'the numbers of "game" have cooled down');
  const status = await stage.wait('the cooldown of the pool "game" is 5 s, that of the others 30 s', free);
  await stage.type('kubectl get portpools game');
  insist(status?.free === status?.capacity, '"game" has numbers that are neither free nor cooling nor held');
}

/** Looks back on everything that was written meanwhile. */
export async function lookBack({ stage, hostport }: Theatre): Promise<void> {
  stage.heading('Was any number ever with two holders?');
  const { faults, gaps, seen } = await hostport.recorder.verdict();
  const versions = Object.entries(seen).map(([kind, count]) => `${count} of ${kind}s`);
  insist(faults.length === 0 && gaps.length === 0, [...faults, ...gaps].join('; '));
  stage.say(`No. Every version that was written has been looked at: ${versions.join(', ')}.`);
}
