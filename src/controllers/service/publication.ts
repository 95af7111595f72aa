import { parseSelectorText, selectorMatches, serviceAnnotations } from '../../api/index.ts';
import { err, ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import { refuse } from '../../core/index.ts';
import type { Refusal } from '../../core/index.ts';
import type { Service } from '../../kube/index.ts';
import type { PortsByName } from './entitled.ts';

type Labels = Readonly<Record<string, string>>;
type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

/** A port of a Service that is published. */
export interface PublishedPort {
  /** The name in the Service; empty if it has none. */
  readonly name: string;
  readonly protocol: string;
  readonly appProtocol?: string;
  /** The name in its pods. */
  readonly target: string;
}

/** What a Service publishes. */
export interface Publication {
  readonly ports: readonly PublishedPort[];
  /** Whether it selects a pod with these labels. */
  readonly selects: (labels: Labels | undefined) => boolean;
  /** The labels that all of its pods have, as far as they have certain values. */
  readonly needs: readonly LabelNeed[];
}

/** A label that has one of some values. */
export interface LabelNeed {
  readonly key: string;
  readonly values: readonly string[];
}

const { publish, selector } = serviceAnnotations;
const SELECTOR_HINT = 'write a label selector, like "app=web,tier in (a,b)"';

/**
 * What `service` publishes; undefined if nothing.
 * @returns the refusal of what is written wrongly, with all faults at once
 */
export function publicationOf(service: Service): Result<Publication | undefined, Refusal> {
  const { [publish]: wish, [selector]: text } = service.metadata.annotations ?? {};
  if (wish === undefined && text !== undefined) {
    return err(refuse.invalid(`${selector} does nothing without ${publish}: write ${publish}: "true", too`));
  }
  if (wish === undefined || wish === 'false') return ok(undefined);
  if (wish !== 'true') {
    return err(refuse.invalid(`${publish}: "${wish}" is neither "true" nor "false": write one of them`));
  }
  const { type, ports = [] } = service.spec ?? {};
  if (type === 'ExternalName') {
    return err(refuse.invalid(`a Service of type ExternalName has no endpoints: write another type, or no ${publish}`));
  }
  const selected = selectionOf(service, text);
  const faults = [...portFaults(ports), ...(selected.ok ? [] : [selected.error])];
  if (!selected.ok || faults.length > 0) return err(refuse.invalid(faults.join('; ')));
  return ok({ ports: ports.map(published), ...selected.value });
}

function portFaults(ports: readonly ServicePort[]): readonly string[] {
  if (ports.length === 0) return ['the Service has no ports: write spec.ports, each with a named targetPort'];
  return ports.flatMap(({ name, port, targetPort = port }) => {
    if (typeof targetPort === 'string') return [];
    const called = name === undefined ? `port ${port}` : `port "${name}" (${port})`;
    return [
      `${called} has targetPort ${targetPort}, and each pod has a number of its own: write targetPort: NAME, as the pods call the port`,
    ];
  });
}

function published({ name = '', protocol = 'TCP', appProtocol, targetPort }: ServicePort): PublishedPort {
  return { name, protocol, ...(appProtocol === undefined ? {} : { appProtocol }), target: String(targetPort) };
}

type Selection = Pick<Publication, 'needs' | 'selects'>;

function selectionOf({ spec }: Service, text: string | undefined): Result<Selection, string> {
  const own = Object.entries(spec?.selector ?? {});
  if (own.length > 0) {
    return text === undefined
      ? ok({
          selects: (labels = {}) => own.every(([key, value]) => labels[key] === value),
          needs: own.map(([key, value]) => ({ key, values: [value] })),
        })
      : err(`the Service has spec.selector, and ${selector} as well: make it anew with one of them`);
  }
  if (text === undefined) return err(`the Service names no pods: write ${selector}, like "app=web"`);
  const parsed = parseSelectorText(text);
  if (!parsed.ok) return err(`${selector}: "${text}": ${parsed.error}: ${SELECTOR_HINT}`);
  const { matchExpressions = [] } = parsed.value;
  const needs = matchExpressions.flatMap(({ key, operator, values = [] }) =>
    operator === 'In' ? [{ key, values }] : [],
  );
  return ok({ selects: (labels) => selectorMatches(parsed.value, labels), needs });
}

/** The number of `port` among those of a pod; undefined if it has none, or uses another protocol. */
export function numberOf({ target, protocol }: PublishedPort, ports: PortsByName | undefined): number | undefined {
  const port = ports?.get(target);
  return port !== undefined && (port.protocols as ReadonlySet<string>).has(protocol) ? port.number : undefined;
}
