import { defineConfig } from "vitest/config";

// Vitest hands these to Node itself. "import" must not be among them: `require("long")` would get an ES module,
// protobufjs would do without it, and 64-bit lease ids would be rounded in silence.
const conditions = ["leverframe-source", "node"];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: ["node"] } };

/**
 * Three rooms. `unit` stands beside the code and touches nothing outside the process. `etcd` has one real
 * etcd a worker and one environment a test. `destructive` stops, wipes, and kills things: one file at a time.
 */
export default defineConfig({
  test: {
    retry: 0,
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: "unit",
          include: [
            "agent/src/**/*.test.ts",
            "src/**/*.test.ts",
            "src/**/*.test.tsx",
            "test/checks/**/*.test.ts",
          ],
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "etcd",
          include: ["test/etcd/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: "destructive",
          include: ["test/destructive/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          fileParallelism: false,
        },
      },
    ],
  },
});
