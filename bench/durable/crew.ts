import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load, Outcome } from './load.ts';
import type { Answer, Order } from './worker.ts';

/** One process with a ledger of its own. */
export interface Worker extends AsyncDisposable {
  take(load: Load): Promise<Outcome>;
  giveBack(): Promise<void>;
}

/** Starts a worker; resolves when it has read the ledger. */
export async function startWorker(kubeconfig: string, who: number): Promise<Worker> {
  const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [kubeconfig, String(who)], { execArgv: [] });
  const ended = once(child, 'exit');
  await answerOf(child);
  const order = (what: Order): Promise<Answer> => {
    const answered = answerOf(child);
    child.send(what);
    return answered;
  };
  return {
    async take(load) {
      const { outcome } = await order({ task: 'take', load });
      if (outcome === undefined) throw new Error('a worker measured nothing');
      return outcome;
    },
    async giveBack() {
      await order({ task: 'giveBack' });
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await ended;
    },
  };
}

/** The next answer of `child`; rejects when it ends first, or when it failed. */
async function answerOf(child: ChildProcess): Promise<Answer> {
  const stopped = new AbortController();
  const { signal } = stopped;
  try {
    const gone = once(child, 'exit', { signal }).then(([code]) => ({ fault: `a worker ended with ${String(code)}` }));
    const [answer] = await Promise.race([once(child, 'message', { signal }), gone.then((fault) => [fault])]);
    const { fault } = answer as Answer;
    if (fault !== undefined) throw new Error(fault);
    return answer as Answer;
  } finally {
    stopped.abort();
  }
}
