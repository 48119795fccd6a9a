// `npm run soak -- NAME [options]`: what tests do, for longer.
import { runProgram } from "./programs.mjs";

await runProgram("soak", process.argv.slice(2));
