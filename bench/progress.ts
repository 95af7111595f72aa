const began = performance.now();

/** Tells, on stderr, what is being measured: the figures themselves go to stdout. */
export function tell(line: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
  process.stderr.write(`${seconds} s  ${line}\n`);
}
