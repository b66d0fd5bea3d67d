import { createInterface } from "node:readline";

export class Refused extends Error {
  kind;
  constructor(kind, message) {
    super(message);
    this.kind = kind; // such as "rejected"
  }
}

/** Answers each case with what work gives. */
export async function serve(work) {
  console.log = console.error; // it is for people
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, in: input, seed } = JSON.parse(line);
    let reply;
    try {
      reply = { id, ...(await work(input, seed)) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      reply = { id, error: { class: error.kind, message: error.message } };
    }
    process.stdout.write(JSON.stringify(reply) + "\n");
  }
}
