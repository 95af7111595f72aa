import { setTimeout as sleep } from 'node:timers/promises';
import { invariant } from '../../src/base/result.ts';
import type { ManagerProcess } from '../../test/support/hostport/hostport.ts';

/** Where the inspector listens once a process is asked for it; to be given to the managers. */
export function inspectorOptions(port: number): { readonly NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--inspect-port=127.0.0.1:${port}` };
}

/** What a manager that was started with {@link inspectorOptions} has on its heap after a full collection, in bytes. */
export async function keptHeap(manager: ManagerProcess, port: number): Promise<number> {
  manager.signal('SIGUSR1');
  const url = await addressOf(port);
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error(`nobody inspects at ${url}`)), { once: true });
  });
  try {
    for (let time = 0; time < 3; time++) await ask(socket, 'HeapProfiler.collectGarbage');
    const { usedSize } = (await ask(socket, 'Runtime.getHeapUsage')) as { readonly usedSize: number };
    return usedSize;
  } finally {
    socket.close();
  }
}

async function addressOf(port: number): Promise<string> {
  for (let time = 0; time < 100; time++) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await answer.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
      invariant(target, 'there is something to inspect');
      return target.webSocketDebuggerUrl;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('the manager has no inspector');
}

function ask(socket: WebSocket, method: string): Promise<unknown> {
  return new Promise((resolve) => {
    const id = Math.floor(Math.random() * 2 ** 30);
    const hear = ({ data }: MessageEvent): void => {
      const answer = JSON.parse(String(data)) as { readonly id?: number; readonly result: unknown };
      if (answer.id !== id) return;
      socket.removeEventListener('message', hear);
      resolve(answer.result);
    };
    socket.addEventListener('message', hear);
    socket.send(JSON.stringify({ id, method }));
  });
}
