/** How far nodes show the room of a pool, or no longer do. */
export interface Progress {
  /** Nodes that show it. */
  readonly showing: number;
  /** Nodes that can. */
  readonly nodes: number;
}

/** What is to be told of it as a condition; nothing of a pool that isn't shown and isn't meant to be. */
export type Advertised =
  { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string } | undefined;

/** What a pool's condition says: whether all nodes show its room, and how many do where that isn't done. */
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
