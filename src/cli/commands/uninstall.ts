import { systemClock } from '../../base/clock.ts';
import { commonFlags, defineCommand, withClient } from '../command.ts';
import type { ExitCode } from '../command.ts';
import { switchFlag } from '../options.ts';
import { STALL_MS } from '../installation/wait.ts';
import { uninstall } from '../installation/uninstall.ts';
import type { UninstallOutcome } from '../installation/uninstall.ts';

/** `hostport uninstall`. */
export const uninstallCommand = defineCommand({
  summary:
    'takes everything away that install and the managers wrote, unless somebody holds numbers or has sets of pods',
  flags: {
    ...commonFlags,
    force: switchFlag(
      'take everything away even while numbers are held, and the pods of RoleInstanceSets with them; stop the managers before',
    ),
  },
  exits:
    'Exits with 0 when all is gone, 1 when something failed, 2 for wrong usage, 3 when numbers are still held, or sets are there.',
  async run({ kubeconfig, namespace, force }, signal) {
    const waiting = { clock: systemClock, stallMs: STALL_MS, report: (line: string) => console.log(line) };
    const options = { namespace, force, ...waiting };
    return conclude(await withClient(kubeconfig, (client) => uninstall({ client, ...options }, signal)));
  },
});

function conclude(outcome: UninstallOutcome): ExitCode {
  if (outcome.kind === 'done') return 0;
  const list = outcome.objects.map((line) => `  ${line}`).join('\n');
  if (outcome.kind === 'held') {
    console.error(
      [
        'the webhook is gone, and pods that ask for ports start without them from now on: "hostport install" brings it back.',
        'numbers are still held, or sets are there, and nothing more was removed.',
        'To go on, delete these (records, such as pod-web-0, go with their pods), or run "hostport uninstall --force":',
        list,
      ].join('\n'),
    );
    return 3;
  }
  console.error(`these are still there; stop the managers, if any runs, and try again:\n${list}`);
  return 1;
}
