/** What a request to the store asks for, as far as its dialect must know it. */
export type Statement =
  | { readonly is: "query"; readonly sql: string }
  /** Rows follow in the body; `withFile` says the same of a file that holds them. */
  | { readonly is: "insert"; readonly withFile: (path: string) => string };

const INSERT = /^\s*insert\s+into\s/i;
const FROM_INPUT =
  /^(\s*insert\s+into\s.+?\sselect\s.+?\sfrom\s+)input\s*\(\s*('(?:[^'\\]|\\.)*')\s*\)\s*format\s+(\w+)\s*;?\s*$/is;
const PLAIN_INSERT = /^(\s*insert\s+into\s.+?)\s+format\s+(\w+)\s*;?\s*$/is;

/** A string of SQL. */
export const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

/**
 * Reads a statement. With a body, an INSERT that ends in a FORMAT takes its rows from it: the two forms that ClickHouse's
 * HTTP interface knows, plain and by `input('structure')`, become reads of a file. Undefined for a body with anything else.
 */
export function statementOf(sql: string, hasBody: boolean): Statement | undefined {
  if (!hasBody) return { is: "query", sql };
  if (!INSERT.test(sql)) return undefined;
  const [, before, structure, inputFormat] = FROM_INPUT.exec(sql) ?? [];
  if (before !== undefined && structure !== undefined && inputFormat !== undefined) {
    return {
      is: "insert",
      withFile: (path) => `${before}file(${quoted(path)}, ${quoted(inputFormat)}, ${structure})`,
    };
  }
  const [, into, format] = PLAIN_INSERT.exec(sql) ?? [];
  if (into === undefined || format === undefined) return undefined;
  return { is: "insert", withFile: (path) => `${into} FROM INFILE ${quoted(path)} FORMAT ${format}` };
}

/** The value of a query's parameter as `SET param_…` takes it: what HTTP sends is escaped once already, as in TSV. */
export const parameterSetting = (name: string, value: string): string => `${name}=${quoted(value)}`;

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
export const isName = (text: string): boolean => NAME.test(text);
