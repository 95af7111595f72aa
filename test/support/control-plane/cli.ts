import { parseArgs } from 'node:util';

import { ensureBinaries } from './binaries.ts';
import { ensureKubectl } from './kubectl.ts';
import { StandingCluster } from './standing-cluster.ts';

const usage = `Usage: node test/support/control-plane/cli.ts COMMAND [--name NAME] [--nodes N]

  up      start a cluster that stays up, and print the line that makes kubectl and the tests use it
  down    end it and remove its data
  status  say which clusters there are
  build   build the programs, so that nothing has to wait for them later

  --name NAME   which cluster; default "default"
  --nodes N     how many fake nodes it gets; default 3
`;

// Only what is for the shell goes to stdout: eval "$(… up)" works.
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs one command, and answers with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'default' },
      nodes: { type: 'string', default: '3' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [command, ...rest] = positionals;
  const nodes = Number(values.nodes);
  if (rest.length > 0 || !Number.isInteger(nodes) || nodes < 0) return misused();
  const cluster = new StandingCluster(values.name);
  switch (command) {
    case 'up': {
      const ours = await ensureKubectl(say);
      const started = await cluster.up(nodes, say);
      say(`cluster "${cluster.name}" is ${started ? 'up' : 'already up'}`);
      process.stdout.write(`export KUBECONFIG=${quoted(cluster.kubeconfig)}\n`);
      if (ours !== undefined) process.stdout.write(`export PATH="$PATH":${quoted(ours)}\n`);
      return 0;
    }
    case 'down': {
      const existed = await cluster.down(say);
      say(`cluster "${cluster.name}" ${existed ? 'is down' : "wasn't up"}`);
      return 0;
    }
    case 'status':
      return status(cluster);
    case 'build':
      await ensureBinaries(say);
      say('everything is built');
      return 0;
    default:
      return misused();
  }
}

/** Lists all clusters; the exit code is about the one that was named. */
function status(named: StandingCluster): number {
  for (const cluster of StandingCluster.all()) {
    process.stdout.write(`${cluster.name}\t${cluster.state()}\t${cluster.kubeconfig}\n`);
  }
  const state = named.state();
  if (state !== 'up') say(`cluster "${named.name}" is ${state}`);
  return state === 'up' ? 0 : 1;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function misused(): number {
  process.stderr.write(usage);
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
