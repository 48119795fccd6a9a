import { DomainError } from "../../domain/errors.ts";
import { MOST_SPAN_MS, type TimeSpan, type TraceSearch } from "./trace-reader.ts";

/** A condition of SQL and the values that it speaks of. */
export interface Conditions {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Throws INVALID for a stretch that ends before it begins, or that is longer than spans are kept. */
export function within({ env, fromMs, toMs }: TimeSpan): Conditions {
  if (!(toMs > fromMs && toMs - fromMs <= MOST_SPAN_MS)) {
    throw new DomainError("INVALID", "Ask for a time that ends after it begins, 8 days at most.");
  }
  return {
    sql: `Environment = {env:String} AND Timestamp >= fromUnixTimestamp64Milli({fromMs:Int64})
      AND Timestamp < fromUnixTimestamp64Milli({toMs:Int64})
      AND toDateTime(Timestamp) >= toDateTime(intDiv({fromMs:Int64}, 1000))
      AND toDateTime(Timestamp) <= toDateTime(intDiv({toMs:Int64}, 1000))`,
    params: { env, fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs) },
  };
}

/**
 * What a span of a searched trace meets. Where nothing is asked that a span within it may say (a service, an attribute, a
 * lever, a failure), it is the span with which the trace began.
 */
export function conditionsOf(asked: TraceSearch): Conditions {
  const time = within(asked);
  const sql = [time.sql];
  const params: Record<string, unknown> = { ...time.params };
  const add = (condition: string, named: Readonly<Record<string, unknown>>): void => {
    sql.push(condition);
    Object.assign(params, named);
  };
  const { service, operation, leastMs, mostMs, status, attributes = [], revision, lever } = asked;
  if (service !== undefined) add("ServiceName = {service:String}", { service });
  if (operation !== undefined) add("SpanName = {operation:String}", { operation });
  if (leastMs !== undefined) add("Duration >= {leastNs:UInt64}", { leastNs: Math.round(leastMs * 1e6) });
  if (mostMs !== undefined) add("Duration <= {mostNs:UInt64}", { mostNs: Math.round(mostMs * 1e6) });
  if (status !== undefined) add(`StatusCode ${status === "error" ? "=" : "!="} 'Error'`, {});
  if (revision !== undefined) {
    add(
      `(SpanAttributes['leverframe.revision.own'] = {revision:String} OR SpanAttributes['leverframe.revision.shared'] = {revision:String})`,
      { revision: `${revision}` },
    );
  }
  if (lever !== undefined) {
    add(
      `mapContains(SpanAttributes, 'leverframe.levers') AND has(JSONExtract(SpanAttributes['leverframe.levers'], 'Array(String)'), {lever:String})`,
      { lever },
    );
  }
  for (const [index, { key, value }] of attributes.entries()) {
    const [k, v] = [`key${index}`, `value${index}`];
    if (value === undefined) {
      add(`(mapContains(SpanAttributes, {${k}:String}) OR mapContains(ResourceAttributes, {${k}:String}))`, {
        [k]: key,
      });
    } else {
      add(
        `(has(mapValues(SpanAttributes), {${v}:String}) OR has(mapValues(ResourceAttributes), {${v}:String}))
        AND (SpanAttributes[{${k}:String}] = {${v}:String} OR ResourceAttributes[{${k}:String}] = {${v}:String})`,
        { [k]: key, [v]: value },
      );
    }
  }
  if (service === undefined && operation === undefined && !speaksOfASpan(asked)) add("ParentSpanId = ''", {});
  return { sql: sql.join("\n      AND "), params };
}

const speaksOfASpan = ({ attributes = [], lever, status }: TraceSearch): boolean =>
  attributes.length > 0 || lever !== undefined || status === "error";
