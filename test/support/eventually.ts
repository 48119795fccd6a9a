/** Asks until the answer will do; who gets none asks again. Throws with the last answer, or the last error, after the deadline. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  will: (answer: T) => boolean,
  deadlineMs = 10_000,
): Promise<T> {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    let last: string;
    try {
      const answer = await ask();
      if (will(answer)) return answer;
      last = `last: ${JSON.stringify(answer)}`;
    } catch (error) {
      last = `no answer: ${String(error)}`;
    }
    if (performance.now() > untilMs) throw new Error(`not within ${deadlineMs} ms; ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
