import { ordinalIn } from '../../../src/allocation/index.ts';
import { finalizers } from '../../../src/api/index.ts';
import type { GivenPort, PortAllocation, PortRequest } from '../../../src/api/index.ts';
import { ANY_ADDRESS, parseAddress, protocolsOf } from '../../../src/core/index.ts';
import type { Address, Claim, Protocols } from '../../../src/core/index.ts';
import type { ConfigMap, KubeObject, Pod } from '../../../src/kube/index.ts';
import { domainOf, readBlock } from './ledger.ts';
import { inPodSpec } from './pod-statements.ts';

/** What one version of an object says about a number: that somebody has it. */
export interface Statement {
  readonly domain: string;
  readonly number: number;
  readonly protocols: Protocols;
  readonly address: Address;
  /** The UID of who has it. */
  readonly party: string;
  /** Under which else the same is in the ledger: a reservation's token. */
  readonly aliases?: readonly string[];
  /** The same for people: kind, namespace, name. */
  readonly who: string;
  readonly port: string;
  /** In what sort of object it stands. */
  readonly source: 'ledger' | 'status' | 'pod';
}

/** What any object that the recorder watches says. */
export function statementsOf(object: KubeObject): readonly Statement[] {
  if (object.kind === 'ConfigMap') return inLedger(object);
  if (object.kind === 'Pod') return inPodSpec(object as Pod);
  return object.kind === 'PortAllocation' ? inStatus(object as PortAllocation) : [];
}

/** Whoever holds or reserves; what cools down or can't be read is nobody's. */
function inLedger(object: ConfigMap): readonly Statement[] {
  const block = readBlock(object);
  if (block === undefined) return [];
  const live = block.claims.filter(({ state }) => state === 'held' || state === 'reserved');
  return live.map((claim) => fromClaim(block.domain, claim));
}

function fromClaim(domain: string, { number, protocols, address, holder, port, state }: Claim): Statement {
  // A reservation is for a name (ADR 8): whichever create of it is stored, the number is its pod's. So is an ordinal's, whose
  // set may have been taken away from over its pod.
  const isOfName = state === 'reserved' || ordinalIn(holder) !== undefined;
  const aliases = isOfName ? { aliases: [holder.key] } : {};
  return { domain, number, protocols, address, party: holder.uid, ...aliases, who: holder.key, port, source: 'ledger' };
}

/**
 * What an allocation shows as its own. One that is being deleted may have been taken off the ledger, unless pods still
 * use it; and of an edit that nobody has looked at yet only what is still asked for counts. A record holds nothing: it says
 * what its object does, and goes a moment after it.
 */
function inStatus({ metadata, spec, status }: PortAllocation): readonly Statement[] {
  if (spec.recordOf !== undefined) return [];
  const isGoing = metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizers.inUse) !== true;
  if (isGoing) return [];
  const isStale = status?.observedGeneration !== metadata.generation;
  const shown = (status?.ports ?? []).filter(
    (given) => !isStale || spec.ports.some((port) => isStillAsked(given, port)),
  );
  const common = {
    domain: domainOf(spec.nodeName),
    party: metadata.uid,
    who: `PortAllocation ${metadata.namespace}/${metadata.name}`,
    source: 'status',
  } as const;
  return shown.flatMap((given) => numbersOf(given).map((number) => ({ ...common, ...bindingOf(given), number })));
}

function isStillAsked({ name, protocol, port, endPort, hostIP }: GivenPort, asked: PortRequest): boolean {
  return (
    asked.name === name &&
    asked.protocol === protocol &&
    (asked.port ?? port) === port &&
    asked.count === (endPort ?? port) - port + 1 &&
    asked.hostIP === hostIP
  );
}

function numbersOf({ port, endPort = port }: GivenPort): readonly number[] {
  return Array.from({ length: endPort - port + 1 }, (_, at) => port + at);
}

function bindingOf({ name, protocol, hostIP }: GivenPort): Pick<Statement, 'port' | 'protocols' | 'address'> {
  const address = hostIP === undefined ? ANY_ADDRESS : (parseAddress(hostIP) ?? ANY_ADDRESS);
  return { port: name, protocols: protocolsOf(protocol), address };
}
