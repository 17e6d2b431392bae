import type { SubjectName } from './context.js';
import type { Tally } from './requests.js';

/** What is measured of one subject; what was not measured is absent. Times in ms, memory in MiB, CPU in seconds. */
export interface Figures {
  readonly import?: ImportFigures;
  readonly memory?: MemoryFigures;
  readonly churn?: ChurnFigures;
  readonly idle?: { readonly requests: Tally; readonly cpu: number };
  readonly lost?: TurnFigures;
  readonly back?: TurnFigures;
  readonly restart?: RestartFigures;
  readonly change?: { readonly idle: readonly number[]; readonly duringImport: readonly number[] };
  readonly replace?: ReplaceFigures;
  readonly links?: ImportFigures;
  /** The import of mirrors that nobody has written. */
  readonly automatic?: ImportFigures;
  /** The import of federated mirrors of several clusters. */
  readonly several?: ImportFigures;
  /** CPU from the start of the process to its first write. */
  readonly start?: { readonly cpu: number; readonly elapsed: number };
}

/** From the start of the subject until it has nothing more to do. */
export interface ImportFigures {
  /** Until the last Service, ready slice and status. */
  readonly elapsed: number;
  readonly requests: Tally;
  /** Of London's API server. */
  readonly apiCpu: number;
  readonly cpu: number;
  /** Peak of resident memory. */
  readonly memory: number;
  /** Of mirrors, by all their controllers. */
  readonly reconciles: number;
}

/** Peaks of resident memory. */
export interface MemoryFigures {
  /** Before there is a mirror. */
  readonly empty: number;
  /** With all mirrors, after each time that everything was listed again. */
  readonly relists: readonly number[];
}

/** What changes of Services cost that no Link selects. */
export interface ChurnFigures {
  /** CPU beyond that of as long a time without changes. */
  readonly cpu: number;
  readonly seconds: number;
  /** Events on watches of Paris, and reconciles. */
  readonly events: number;
  readonly reconciles: number;
  readonly requests: Tally;
}

/** From a verdict until the last slice follows it. */
export interface TurnFigures {
  readonly elapsed: number;
  /** Until there is nothing more to do. */
  readonly requests: Tally;
}

/** From the start of a process that finds everything done. */
export interface RestartFigures {
  /** Until it has read everything; for the bare client, until it has listed the same. */
  readonly elapsed: number;
  /** Until there is nothing more to do; not of the bare client. */
  readonly after?: { readonly requests: Tally; readonly reconciles: number };
}

/** Egress pods that come and go. */
export interface ReplaceFigures {
  /** The import over transport gateway. */
  readonly import: ImportFigures;
  readonly come: TurnFigures;
  readonly gone: TurnFigures;
}

/** The subjects by name. */
export type Results = Readonly<Record<SubjectName, Figures>>;
