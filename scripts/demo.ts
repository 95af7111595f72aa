/** Shows Hostport at work on a cluster that is started for it and ended afterwards: `make demo`. */
import { Lifetime } from '../src/base/lifetime.ts';
import { openTheatre } from './demo/cluster.ts';
import { runOnNodes } from './demo/node-ports.ts';
import { runRoles } from './demo/roles.ts';
import { runWorkloads } from './demo/workloads.ts';
import { explainRefusal, giveNumbers, killLeader, lookBack, showLedger, takeBack } from './demo/scenes.ts';

/** As a shell says it of a command that was ended by a signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

const began = performance.now();
const lifetime = new Lifetime('demonstration');

async function play(): Promise<number> {
  const theatre = await openTheatre(lifetime);
  const scenes = [
    giveNumbers,
    explainRefusal,
    showLedger,
    runWorkloads,
    runOnNodes,
    runRoles,
    killLeader,
    takeBack,
    lookBack,
  ];
  for (const scene of scenes) await scene(theatre);
  return 0;
}

/** Resolves when somebody has seen enough. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(exitCodes[signal]));
  });
}

function fail(error: unknown): number {
  process.stdout.write(`\nthe demonstration failed: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}

let code = await Promise.race([play().catch(fail), interruption()]);
try {
  await lifetime[Symbol.asyncDispose]();
} catch (error) {
  code = fail(error);
}
const seconds = Math.round((performance.now() - began) / 1000);
if (code === 0) process.stdout.write(`\nThat was all, in ${seconds} s; everything that was started has ended.\n`);
// What was cut off by a signal may still wait for something that has ended.
process.exit(code);
