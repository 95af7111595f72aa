import type { PortProtocol, PortSharing } from '../api/index.ts';

/** The names under which the number of a port is written into a pod. */
export interface PortPlaces {
  readonly name: string;
  /** The environment variable that gets the number. */
  readonly env: string;
  /** The annotation that gets the number. */
  readonly annotation: string;
}

/** A number that a pod needs, or a block of consecutive ones. */
export interface DemandedPort extends PortPlaces {
  readonly protocol: PortProtocol;
  readonly count: number;
  /** Exactly this number: the port's own number stays (`keep`, `Passthrough`), or the user wrote a host port. */
  readonly number?: number;
  /** Absent: all addresses. */
  readonly hostIP?: string;
  readonly scope: PortSharing;
  readonly source: 'container' | 'portAllocator';
  /** The environment variable that gets the last number of a block. */
  readonly endEnv?: string;
  /** A further annotation that gets the number, if the user asks for one. */
  readonly annotationKey?: string;
  /** Other container ports that share the number: UDP beside TCP. */
  readonly aliases: readonly PortPlaces[];
}

/** All numbers that a pod needs. Names, environment variables and annotations are unique in it. */
export interface PodDemand {
  readonly ports: readonly DemandedPort[];
}
