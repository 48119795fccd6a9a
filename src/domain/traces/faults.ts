/** What is wrong with a span, or looks so. It is drawn all the same. */
export type Fault =
  /** It names a parent that is not in the trace; drawn as a root. */
  | { readonly kind: "missing parent"; readonly parentId: string }
  /** Its ancestors lead back to itself; cut here. */
  | { readonly kind: "cycle"; readonly parentId: string }
  /** Another span of this trace has its id; children are given to the first. */
  | { readonly kind: "same id" }
  /** Its clock and its parent's differ by at least this; drawn shifted, and what is below it too. */
  | { readonly kind: "clock skew"; readonly byNs: number }
  /** One clock, yet it begins before its parent. */
  | { readonly kind: "before parent"; readonly byNs: number }
  /** It ends before it begins; drawn as a moment. */
  | { readonly kind: "negative duration"; readonly byNs: number };

export type FaultKind = Fault["kind"];
