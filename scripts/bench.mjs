// `npm run bench -- NAME [options]`: programs that compare with a floor or a peer in one run, and print ratios.
import { runProgram } from "./programs.mjs";

await runProgram("bench", process.argv.slice(2));
