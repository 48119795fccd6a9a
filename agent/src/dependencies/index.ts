export {
  DEPENDENCY_OUTCOMES,
  type DependencyOutcome,
  DependencySeries,
  DURATION_BOUNDS,
  OutcomeFigures,
  PEER_KINDS,
  type Peer,
  type PeerKind,
} from "./dependency-series.ts";
export { DependencyStats, MOST_DEPENDENCIES } from "./dependency-stats.ts";
