import type { GivenPort } from './port-request.ts';

/** The most characters of a summary: it is a column on a screen. */
export const SUMMARY_LENGTH = 512;

// Leaves room for the last word, " +1024 more".
const ROOM = SUMMARY_LENGTH - 11;

/** The assigned ports in one line: `game=20001/UDP rtp=20040-20047/UDP`; `+12 more` at the end if not all fit. */
export function summarize(ports: readonly GivenPort[]): string {
  const words: string[] = [];
  let length = 0;
  for (const port of ports) {
    const word = inOneWord(port);
    length += word.length + 1;
    if (length > ROOM) return `${words.join(' ')} +${ports.length - words.length} more`;
    words.push(word);
  }
  return words.join(' ');
}

function inOneWord({ name, protocol, port, endPort, hostIP }: GivenPort): string {
  const address = hostIP === undefined ? '' : `${hostIP.includes(':') ? `[${hostIP}]` : hostIP}:`;
  const end = endPort === undefined || endPort === port ? '' : `-${endPort}`;
  return `${name}=${address}${port}${end}/${protocol}`;
}
