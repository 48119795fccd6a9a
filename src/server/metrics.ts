import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What the control plane says of itself at `/metrics`. */
export function createControlMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    published: new Counter({
      name: "leverframe_publish_total",
      help: "Change sets by outcome",
      labelNames: ["env", "outcome"],
      registers: [registry],
    }),
    publishSeconds: new Histogram({
      name: "leverframe_publish_duration_seconds",
      help: "From request to acknowledged transaction",
      labelNames: ["env"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers: [registry],
    }),
    readModelDelay: new Gauge({
      name: "leverframe_read_model_delay_seconds",
      help: "Age of the oldest change set that is not in SQL yet, at the control plane that leads; 0 = none",
      labelNames: ["env"],
      registers: [registry],
    }),
    readModelProjected: new Histogram({
      name: "leverframe_read_model_projected_seconds",
      help: "From a change set being seen in etcd to its standing in SQL",
      labelNames: ["env"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300],
      registers: [registry],
    }),
    following: new Gauge({
      name: "leverframe_environment_following",
      help: "1 while every mirror of the environment follows etcd",
      labelNames: ["env"],
      registers: [registry],
    }),
    instances: new Gauge({
      name: "leverframe_instances",
      help: "Instances by state",
      labelNames: ["env", "state"],
      registers: [registry],
    }),
    unproved: new Gauge({
      name: "leverframe_instances_unproved",
      help: "Instances whose lease ended and that did not say goodbye, by service",
      labelNames: ["env", "service"],
      registers: [registry],
    }),
    alertsFiring: new Gauge({
      name: "leverframe_alerts_firing",
      help: "Alerts that fire, at the control plane that leads",
      labelNames: ["env"],
      registers: [registry],
    }),
    alertLookSeconds: new Histogram({
      name: "leverframe_alert_look_seconds",
      help: "One look at all rules of an environment",
      labelNames: ["env"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
      registers: [registry],
    }),
    notifications: new Counter({
      name: "leverframe_notifications_total",
      help: "Messages about alerts, by receiver and outcome",
      labelNames: ["env", "receiver", "outcome"],
      registers: [registry],
    }),
    breakGlass: new Counter({
      name: "leverframe_break_glass_total",
      help: "Uses of the break-glass token",
      registers: [registry],
    }),
    auditDropped: new Counter({
      name: "leverframe_audit_dropped_total",
      help: "Audit entries that could not be kept",
      registers: [registry],
    }),
    evaluations: new Counter({
      name: "leverframe_ofrep_requests_total",
      help: "Evaluations over OFREP by status",
      labelNames: ["status"],
      registers: [registry],
    }),
    evaluationStreams: new Gauge({
      name: "leverframe_ofrep_streams",
      help: "OFREP clients that follow by server-sent events",
      registers: [registry],
    }),
    sockets: new Gauge({
      name: "leverframe_websocket_clients",
      help: "Consoles that are connected",
      registers: [registry],
    }),
  };
}

export type ControlMetrics = ReturnType<typeof createControlMetrics>;
