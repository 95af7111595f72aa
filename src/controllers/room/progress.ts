/** How many nodes advertise the room of a pool, or still do. */
export interface Progress {
  /** Nodes that advertise it. */
  readonly showing: number;
  /** Nodes that can. */
  readonly nodes: number;
}

/** The condition that reports it; none for a pool that isn't advertised and isn't meant to be. */
export type Advertised =
  { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string } | undefined;

/** The condition of a pool: whether all nodes advertise its room, and, while that isn't finished, how many do. */
export function advertisedBy({ showing, nodes }: Progress, isWanted: boolean): Advertised {
  const part = `${showing.toLocaleString('en-US')} of ${nodes.toLocaleString('en-US')} nodes`;
  if (isWanted && showing >= nodes) {
    return { status: 'True', reason: 'Advertised', message: `${part} show how much room it has there` };
  }
  if (isWanted) {
    return {
      status: 'False',
      reason: 'Advertising',
      message: `${part} show how much room it has there; the others follow, about a hundred in a second`,
    };
  }
  if (showing === 0) return undefined;
  return {
    status: 'False',
    reason: 'Withdrawing',
    message: `${part} still show room of it, which is taken away there, on about a hundred in a second`,
  };
}
