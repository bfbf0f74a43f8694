/** Something that the reader of the message can mend. */
export class Refusal extends Error {}
