export { CpuSampler, type ProcessBusyness } from "./cpu-sampler.ts";
export { LOAD_HEADER, readLoad, writeLoad } from "./load-report.ts";
export { ProcessFigures } from "./process-figures.ts";
