import type { AdmissionWebhook } from '../../kube/index.ts';
import { titleOfWebhooks } from './configurations.ts';
import type { SeenWebhooks } from './configurations.ts';
import { pathIn } from './path-in-address.ts';
import type { SeenPath } from './path-in-address.ts';

/** The path before the unguessable part, by the name of the webhook. */
export type PlainPaths = Readonly<Record<string, string>>;

/** The paths of all webhooks of Hostport. */
export function pathsIn(seen: readonly SeenWebhooks[], plainPaths: PlainPaths): readonly SeenPath[] {
  return seen.flatMap(({ configuration }) =>
    (configuration?.webhooks ?? []).flatMap((webhook) => pathOf(webhook, plainPaths) ?? []),
  );
}

/** The path of one webhook, or undefined if it isn't one of Hostport's. */
export function pathOf({ name, clientConfig }: AdmissionWebhook, plainPaths: PlainPaths): SeenPath | undefined {
  const plain = plainPathOf(name, plainPaths);
  return plain === undefined ? undefined : pathIn(clientConfig, plain);
}

/** The plain path of the webhook called `name`, or undefined if it isn't one of Hostport's. */
export function plainPathOf(name: string, plainPaths: PlainPaths): string | undefined {
  return Object.hasOwn(plainPaths, name) ? plainPaths[name] : undefined;
}

/** Why a webhook isn't called, or is called at a path that isn't answered. Returns the first reason, or undefined. */
export function misplacementOf(
  seen: readonly SeenWebhooks[],
  plainPaths: PlainPaths,
  isAnswered: (path: SeenPath) => boolean,
): string | undefined {
  for (const one of seen) {
    const title = titleOfWebhooks(one.webhook);
    if (!one.configuration) return `there is no ${title}`;
    if (!pathsIn([one], plainPaths).every(isAnswered)) return `${title} doesn't carry the path that is answered yet`;
  }
  return undefined;
}
