import { defineConfig } from "vitest/config";

const resolve = { conditions: ["leverframe-source", "node", "import", "default"] };
const ssr = {
  resolve: { conditions: resolve.conditions, externalConditions: ["node", "import", "default"] },
};

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
        test: { name: "unit", include: ["agent/src/**/*.test.ts", "src/**/*.test.ts", "src/**/*.test.tsx"] },
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
