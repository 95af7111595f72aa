import { systemClock } from '../../base/clock.ts';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { commonFlags, withClient } from '../command.ts';
import type { Command, ExitCode } from '../command.ts';
import { install } from '../install.ts';
import type { Values } from '../options.ts';
import { STALL_MS } from '../wait.ts';

/** `hostport install`. */
export const installCommand: Command = {
  summary:
    'puts the kinds, the rights of the managers, the shipped pools and the webhook into the cluster; may be run again',
  flags: {
    ...commonFlags,
    'webhook-url': {
      type: 'string',
      value: 'URL',
      help: 'where the API server calls the managers, such as https://127.0.0.1:9443; else through the Service',
    },
    'node-agent': {
      type: 'boolean',
      default: 'false',
      help: 'put an agent onto each node, too, which reports what listens there (image hostport:latest, as in config/node-agent)',
    },
  },
  exits: 'Exits with 0 when everything is applied, 1 when something failed, 2 for wrong usage.',
  prepare(values) {
    const url = values['webhook-url'];
    const webhookUrl = url === undefined ? ok(undefined) : parseWebhookUrl(url);
    return webhookUrl.ok ? ok((signal) => run(values, webhookUrl.value, signal)) : webhookUrl;
  },
};

async function run(values: Values, webhookUrl: string | undefined, signal: AbortSignal): Promise<ExitCode> {
  const options = { clock: systemClock, stallMs: STALL_MS, report: (line: string) => console.log(line) };
  const namespace = values['namespace'] ?? '';
  const nodeAgent = values['node-agent'] === 'true';
  await withClient(values, (client) => install({ client, namespace, webhookUrl, nodeAgent, ...options }, signal));
  return 0;
}

/** Reads what the API server takes as the URL of a webhook, without the path of the webhook. */
function parseWebhookUrl(text: string): Result<string, string> {
  const url = URL.parse(text);
  const isBase = url?.protocol === 'https:' && url.href === `${url.origin}${url.pathname}` && !/[?#]/.test(text);
  return isBase ? ok(text) : err(`--webhook-url "${text}": write a URL such as "https://127.0.0.1:9443"`);
}
