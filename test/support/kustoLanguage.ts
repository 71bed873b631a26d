import "@kusto/language-service-next/bridge.min.js";
import "@kusto/language-service-next/Kusto.Language.Bridge.min.js";
import { LOG_TABLES } from "./logTables";

/** What is used of Microsoft's language service, which is C# made into JavaScript. */
interface Language {
  readonly KustoCode: {
    ParseAndAnalyze(query: string, globals: Globals): { GetDiagnostics(): List<Diagnostic> };
  };
  readonly GlobalState: { readonly Default: Globals };
  readonly Symbols: {
    readonly TableSymbol: { From(columns: string): { WithName(name: string): object } };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, tables: object[]) => object };
  };
}

interface Globals {
  WithDatabase(database: object): Globals;
}

interface List<T> {
  readonly Count: number;
  getItem(index: number): T;
}

interface Diagnostic {
  readonly Message: string;
  readonly Start: number;
  readonly Length: number;
}

const { Language } = (globalThis as unknown as { Kusto: { Language: Language } }).Kusto;

/** What Microsoft's own parser finds wrong with a query, names of tables and columns included. */
export function kustoProblems(query: string): string[] {
  const { TableSymbol, DatabaseSymbol } = Language.Symbols;
  const tables = Object.entries(LOG_TABLES).map(([name, columns]) => {
    const types = Object.entries(columns).map(([column, type]) => `${column}: ${type}`);
    return TableSymbol.From(`(${types.join(", ")})`).WithName(name);
  });
  const globals = Language.GlobalState.Default.WithDatabase(
    new DatabaseSymbol.ctor("workspace", tables),
  );
  const found = Language.KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => {
    const { Message, Start, Length } = found.getItem(index);
    return `${Message} (${query.slice(Start, Start + Length)})`;
  });
}
