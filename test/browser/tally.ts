/** Checks of the walk: each has a name and the faults that it found; faults are printed at once. */
export class Tally {
  private passed = 0;
  private failed = 0;

  check(name: string, faults: readonly string[]): void {
    if (faults.length === 0) {
      this.passed += 1;
      return;
    }
    this.failed += 1;
    console.log(`FAIL  ${name}`);
    for (const fault of faults.slice(0, 10)) console.log(`        ${fault}`);
    if (faults.length > 10) console.log(`        and ${faults.length - 10} more`);
  }

  /** Prints the closing line; returns the exit status. */
  close(): number {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed > 0 || this.passed === 0 ? 1 : 0;
  }
}
