import type { Container } from '../kube/index.ts';

/** How much of a resource a container asks for, as the API server writes quantities; absent: nothing. */
export interface Amounts {
  readonly requests?: string | undefined;
  readonly limits?: string | undefined;
}

const SIDES = ['requests', 'limits'] as const;

/** What `container` asks for of `resource`. */
export function amountsOf({ resources = {} }: Container, resource: string): Amounts {
  return { requests: resources.requests?.[resource], limits: resources.limits?.[resource] };
}

/** `container` asking for `amounts` of `resource`, and for as much as before of all others. */
export function withResource(container: Container, resource: string, amounts: Amounts): Container {
  const { resources: before = {}, ...rest } = container;
  const sides = SIDES.map((side) => {
    const { [resource]: _, ...others } = before[side] ?? {};
    const amount = amounts[side];
    return [side, amount === undefined ? others : { ...others, [resource]: amount }] as const;
  });
  const { requests: _requests, limits: _limits, ...more } = before;
  const kept = sides.filter(([, quantities]) => Object.keys(quantities).length > 0);
  const resources = { ...more, ...Object.fromEntries(kept) };
  return container.resources === undefined && Object.keys(resources).length === 0 ? rest : { ...rest, resources };
}
