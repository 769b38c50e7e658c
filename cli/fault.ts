/** A fault that the user can put right: one clear sentence, printed without a stack. */
export class Fault extends Error {}
