/** How often each thing happened. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count(what: string): void {
    this.#counts.set(what, this.#of(what) + 1);
  }

  print(): string {
    return [...this.#counts].map(([what, count]) => `${count} ${what}`).join(', ');
  }

  #of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }
}
