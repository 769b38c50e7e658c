import type { Result } from "./stack";

/** Prints results as they come, and counts them. */
export class Report {
  private passed = 0;
  private failed = 0;

  add(name: string, { faults, note }: Result): void {
    if (faults.length > 0) this.failed += 1;
    else this.passed += 1;
    console.log(`${faults.length > 0 ? "FAIL" : "ok  "}  ${name.padEnd(20)}${note}`);
    for (const fault of faults) console.log(`      ${fault.replaceAll("\n", "\n      ")}`);
  }

  /** Prints the last line. Returns the exit status. */
  end(): number {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed > 0 ? 1 : 0;
  }
}
