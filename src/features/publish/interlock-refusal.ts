import { DomainError } from "../../domain/errors.ts";
import { type Finding, sentencesOf } from "../../domain/interlock.ts";

/** What a person reads of a refusal; its details hold every finding. */
const SENTENCES_SAID = 5;

/** What the interlock has against a change set, in a few sentences. */
export function sayFindings(findings: readonly Finding[]): string {
  const all = sentencesOf(findings);
  const more = all.length > SENTENCES_SAID ? ` And ${all.length - SENTENCES_SAID} more.` : "";
  return `${all.slice(0, SENTENCES_SAID).join(" ")}${more}`;
}

/** The error REFUSED, with every finding as its details. */
export const interlockRefusal = (findings: readonly Finding[]): DomainError =>
  new DomainError("REFUSED", `The interlock refuses this. ${sayFindings(findings)}`, { details: findings });
