import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../../server/app-router.ts";

/**
 * What the console consumes of the control plane: the server's own types, and nothing of its code. Times ending in
 * `Ms` that name a moment (`sinceMs`) are milliseconds since 1970 on the server's wall clock; others are durations.
 */
type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

export type SessionView = Outputs["session"]["me"];
export type Board = Outputs["levers"]["board"];
export type LeverDetail = Outputs["levers"]["get"];
export type ServiceRow = Outputs["fleet"]["services"][number];
export type ChangeSetInput = Inputs["publish"]["commit"];
export type EditInput = ChangeSetInput["edits"][number];
export type Recovery = Outputs["epoch"]["examine"];
export type RecoveryLook = Inputs["epoch"]["examine"];
export type RecoveryGo = Inputs["epoch"]["republish"];
export type Published = Outputs["publish"]["commit"];
export type DryRun = Outputs["publish"]["dryRun"];
export type ChangeEntry = Outputs["history"]["changeSet"];
export type Upcoming = Outputs["automation"]["upcoming"][number];
export type Schedule = Outputs["automation"]["list"][number];
export type UndoInput = Inputs["back"]["undo"];
export type RestorePlan = Outputs["back"]["planEnvironment"];
export type RestoreInput = Inputs["back"]["restoreEnvironment"];
export type Moment = RestoreInput["moment"];
export type SearchAnswer = Outputs["search"]["find"];

export type MetricRange = Inputs["metrics"]["range"];
export type Figure = MetricRange["figure"];
export type TraceSearchInput = Inputs["traces"]["search"];
export type ControlHealth = Outputs["metrics"]["health"];
export type Comparison = Outputs["metrics"]["compare"];

export type { Advice } from "../../domain/advice/advice.ts";
export type {
  BlastCaller,
  BlastEdge,
  BlastNode,
  BlastRadius as BlastView,
} from "../../domain/blast-radius.ts";
export type { Convergence, ConvergenceSummary, TargetReport, TargetState } from "../../domain/convergence.ts";
export type { DiffEntry, ResourceDiff } from "../../domain/diff.ts";
export type { ErrorCode } from "../../domain/errors.ts";
export type { InstanceRow, InstanceState } from "../../domain/fleet.ts";
export type { Finding } from "../../domain/interlock.ts";
export type { LeverRow } from "../../domain/levers.ts";
export type { Labels } from "../../domain/metrics/query.ts";
export type { Difference, VerdictWord } from "../../domain/metrics/verdict.ts";
export type { ReplayedLife } from "../../domain/replay/replay.ts";
export type { NodeKind } from "../../domain/topology/graph.ts";
export type { LeverDeviation, LeverInForce } from "../../domain/topology/levers-in-force.ts";
export type { NodeDeviation, NodeFacts, OpenBreaker } from "../../domain/topology/node-facts.ts";
export type { LiveEvent, Stale } from "../../features/events/environment-feed.ts";
export type { ResourceVersion } from "../../features/history/history-reader.ts";
export type { ServiceVerdict } from "../../features/metrics/comparison.ts";
export type { ChangeMark, Marker } from "../../features/metrics/markers.ts";
export type { Series } from "../../features/metrics/metrics-reader.ts";
export type { ConflictReport } from "../../features/publish/publish-service.ts";
export type { BreakerReplay } from "../../features/replay/replay-service.ts";
export type { Snippet } from "../../features/search/match.ts";
export type { Hit } from "../../features/search/search.ts";
export type { CallStep } from "../../features/topology/edge-reader.ts";
export type { Known, RouteRow, ShownEdge, TopologyLook } from "../../features/topology/topology-service.ts";
export type {
  AttributeMatch,
  FoundTrace,
  MinuteFigures,
  Named,
  Statement,
  StoredSpan,
  TraceColumns,
  TraceSummary,
} from "../../features/traces/trace-reader.ts";
export type { AppRouter };
