#!/usr/bin/env node
// Stands here, beside what is built, so that installing from a clone links it before anything is built.
await import("../dist/sidecar/main.js");
