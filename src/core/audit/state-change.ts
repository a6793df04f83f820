import { type SQL, sql, type WithSubquery } from 'drizzle-orm'
import type { SelectResultFields } from 'drizzle-orm/query-builders/select.types'
import type { Database } from '../../database/index.ts'
import { databaseTime } from '../../database/instants.ts'
import { parameterRow } from '../../database/parameter-row.ts'
import type { Params, Placeholders, ValuesOf } from '../../database/params.ts'
import { type Declaration, statement } from '../../database/statement.ts'
import type { Origin } from './origin.ts'
import { AUDIT_PARAMS, eventRecorded, type Recorded } from './record-steps.ts'

/** One action or check of a state change, as a CTE. Its name says what has happened: `ended`, `opened`. */
export type Step = WithSubquery

type Columns = Parameters<Database['select']>[0] & {}

/** The steps of a state change, its audit event and its answer. */
type Change<Answer extends Columns> = {
  /** In the order of the WITH clause. */
  steps: readonly Step[]
  /** What the audit trail says of it, each event once. A change whose event cannot be recorded does not happen. */
  records: Recorded | readonly Recorded[]
  /** Columns of the named steps that are never null there. None of these steps may have more than one row. */
  answers: { from: readonly Step[]; columns: Answer & NeverNull<Answer> }
}

/** A column that may be null would say that its step did nothing. */
type NeverNull<Answer extends Columns> = {
  [Name in keyof Answer]: null extends SelectResultFields<Answer>[Name] ? never : unknown
}

/** A column is null if its step did nothing. */
type Outcome<Answer> = { [Name in keyof Answer]: Answer[Name] | null }

type StateChange<Declared extends Params, Answer extends Columns> = Declaration<Declared> & {
  change: (db: Database, p: Placeholders<Declared>) => Change<Answer>
}

/** Sends a state change, in one round trip. */
type Send<Declared extends Params, Result> = (
  /** The database, and the request that the change is due to. */
  by: { db: Database; origin: () => Origin },
  values: ValuesOf<Declared>,
) => Promise<Result>

/**
 * Declares a write of several steps as one atomic statement, which also records its event. It returns one row, which
 * repeats the ids among its parameters.
 */
export function stateChange<const Declared extends Params, Answer extends Columns>({
  change,
  ...declaration
}: StateChange<Declared, Answer>): Send<Declared, Outcome<SelectResultFields<Answer>>> {
  const params = { ...declaration.params, ...AUDIT_PARAMS }
  const send = statement({ ...declaration, params, kind: 'write' }, (db, all) => {
    const p = all as Placeholders<Declared> & Placeholders<typeof AUDIT_PARAMS>
    const { steps, records, answers } = change(db, p)
    const events = [records].flat()
    if (![...events.map(({ of }) => of), ...answers.from].every((step) => steps.includes(step))) {
      throw new Error(`${declaration.name} names a step that is not among its steps`)
    }
    const question = parameterRow(idsOf(declaration.params, p))
    const whole = db
      .with(...steps, ...events.map((event) => eventRecorded(db, event, p)))
      .select({ ...question.echo, ...databaseTime, ...answers.columns })
      .from(question.from)
      .$dynamic()
    for (const step of answers.from) whole.leftJoin(step, sql`true`)
    return whole as never
  })
  return async ({ db, origin }, values) => {
    const { requestId: auditRequestId, ip: auditIp } = origin()
    const [row, second] = await send(db, { ...values, auditRequestId, auditIp } as never)
    if (second) throw new Error(`${declaration.name} answers by a step of several rows`)
    return row as never
  }
}

function idsOf(params: Params, p: Record<string, SQL>): Record<string, SQL> {
  return Object.fromEntries(Object.entries(p).filter(([name]) => params[name] === 'uuid'))
}

/** True if every step that answers has taken effect. */
export function happened<Answer extends object>(
  outcome: Answer,
): outcome is { [Name in keyof Answer]: NonNullable<Answer[Name]> } {
  return Object.values(outcome).every((value) => value !== null)
}
