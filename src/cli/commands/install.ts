import { systemClock } from '../../base/clock.ts';
import { err, ok } from '../../base/result.ts';
import { commonFlags, defineCommand, withClient } from '../command.ts';
import { install } from '../installation/install.ts';
import { flag, optionalFlag, parseText, switchFlag } from '../options.ts';
import type { ParseText } from '../options.ts';
import { DEFAULT_IMAGE } from '../product.ts';
import { STALL_MS } from '../installation/wait.ts';

/** Parses a URL that the API server accepts for webhooks, without the path of a webhook. */
const parseWebhookUrl: ParseText<string> = (text) => {
  const url = URL.parse(text);
  const isBase = url?.protocol === 'https:' && url.href === `${url.origin}${url.pathname}` && !/[?#]/.test(text);
  return isBase ? ok(text) : err(`"${text}": write a URL such as "https://127.0.0.1:9443"`);
};

/** `hostport install`. */
export const installCommand = defineCommand({
  summary:
    'puts the kinds, the rights of the managers, the shipped pools and the webhook into the cluster; may be run again',
  flags: {
    ...commonFlags,
    'webhook-url': optionalFlag(
      parseWebhookUrl,
      'URL',
      'where the API server calls the managers, such as https://127.0.0.1:9443; else through the Service',
    ),
    'node-agent': switchFlag(
      'put an agent onto each node, too, which reports what listens there (as in config/node-agent)',
    ),
    image: flag(parseText, 'IMAGE', DEFAULT_IMAGE, 'the image of the agents, for a registry of your own'),
  },
  exits: 'Exits with 0 when everything is applied, 1 when something failed, 2 for wrong usage.',
  async run({ kubeconfig, namespace, 'webhook-url': webhookUrl, 'node-agent': nodeAgent, image }, signal) {
    const waiting = { clock: systemClock, stallMs: STALL_MS, report: (line: string) => console.log(line) };
    const options = { namespace, webhookUrl, nodeAgent, image, ...waiting };
    await withClient(kubeconfig, (client) => install({ client, ...options }, signal));
    return 0;
  },
});
