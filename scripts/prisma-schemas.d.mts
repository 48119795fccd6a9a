export declare const SCHEMAS: { readonly sqlite: string; readonly postgresql: string };
export declare function postgresqlSchema(sqlite: string): string;
