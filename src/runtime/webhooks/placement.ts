import type { AdmissionWebhook } from '../../kube/index.ts';
import { titleOfWebhooks } from './configurations.ts';
import type { SeenWebhooks } from './configurations.ts';
import { pathIn } from './path-in-address.ts';
import type { SeenPath } from './path-in-address.ts';

/** What comes before the unguessable part of a path, by the names of webhooks. */
export type PlainPaths = Readonly<Record<string, string>>;

/** The path of each webhook that is ours. */
export function pathsIn(seen: readonly SeenWebhooks[], plainPaths: PlainPaths): readonly SeenPath[] {
  return seen.flatMap(({ configuration }) =>
    (configuration?.webhooks ?? []).flatMap((webhook) => pathOf(webhook, plainPaths) ?? []),
  );
}

/** The path of one webhook; undefined where it isn't ours. */
export function pathOf({ name, clientConfig }: AdmissionWebhook, plainPaths: PlainPaths): SeenPath | undefined {
  const plain = plainPathOf(name, plainPaths);
  return plain === undefined ? undefined : pathIn(clientConfig, plain);
}

/** The plain path of the webhook that is called `name`. */
export function plainPathOf(name: string, plainPaths: PlainPaths): string | undefined {
  return Object.hasOwn(plainPaths, name) ? plainPaths[name] : undefined;
}

/** Why some webhook isn't called, or called at a path that nobody answers: the first that is found. */
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
