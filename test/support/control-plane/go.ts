import { spawn } from 'node:child_process';

import type { Target } from './build.ts';

/** Runs `go build`, with a progress line every ten seconds. The error of a failed build shows what Go said last. */
export async function goBuild(target: Target, output: string, report: (line: string) => void): Promise<void> {
  const began = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - began) / 1000)} s`;
  report(`building ${target.title}${target.links.length > 0 ? '; with cold caches this takes about 5 minutes' : ''}`);
  const flags = ['-s', '-w', ...target.linkerFlags].join(' ');
  const args = ['build', '-v', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', output, target.package];
  const go = spawn('go', args, {
    cwd: target.folder,
    // The same program whether or not the machine has a C compiler; and a workspace file around us is none of ours.
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  let packages = 0;
  go.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      lines.push(line);
      if (!line.includes(' ')) packages++; // with -v Go names each package that it compiles, alone on a line
      if (lines.length > 30) lines.shift();
    }
  });
  const timer = setInterval(() => {
    report(`building ${target.title}: ${elapsed()}, ${packages} packages compiled, now ${lines.at(-1) ?? 'starting'}`);
  }, 10_000);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      go.once('error', (error) => reject(notRunnable(error)));
      go.once('close', resolve);
    });
    if (code !== 0) throw new Error(`go build of ${target.title} failed:\n${lines.join('\n')}`);
  } finally {
    clearInterval(timer);
  }
  report(`built ${target.title} in ${elapsed()}`);
}

function notRunnable(cause: Error): Error {
  return new Error(
    'the control plane of the tests is built with Go, which is not on the PATH; or name a folder of kube-apiserver, etcd ' +
      'and the rest in KUBEBUILDER_ASSETS, or a cluster to use in HOSTPORT_TEST_KUBECONFIG',
    { cause },
  );
}
