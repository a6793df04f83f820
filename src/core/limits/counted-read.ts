import { type Subquery, sql } from 'drizzle-orm'
import type { Database } from '../../database/index.ts'
import { databaseTime } from '../../database/instants.ts'
import { parameterRow } from '../../database/parameter-row.ts'
import type { Params, Placeholders, ValuesOf } from '../../database/params.ts'
import { columnsOf } from '../../database/read.ts'
import { type Declaration, type Preparable, statement } from '../../database/statement.ts'
import { LIMIT_PARAMS, type Refused, refusedColumns, tryCounted } from './steps.ts'

type Select<Row> = PromiseLike<Row[]> & { as: (alias: string) => Subquery }

type CountedRead<Declared extends Params, Row> = Declaration<Declared> & {
  /** Selects one row at most. One column at least is never null. */
  find: (db: Database, p: Placeholders<Declared>) => Select<Row>
  /** Names the column, as it is in SQL, that keys what the account's own limits count. */
  about?: string
}

/** An answer that may be used unless the try was refused: `unlessRefused` returns what is in it. */
export type Counted<Row> = Refused & {
  ifPassed: {
    found: Row | undefined
    /** Takes back what was counted. */
    receipt: string
  }
}

/**
 * Declares a statement that counts a try against its limits and finds a row, in one round trip.
 */
export function countedRead<const Declared extends Params, Row extends object>({
  find,
  about,
  ...declaration
}: CountedRead<Declared, Row>) {
  const params = { ...declaration.params, ...LIMIT_PARAMS }
  const send = statement({ ...declaration, params, kind: 'count' }, (db, p) => {
    const { tries, ...asked } = p as Record<string, (typeof p)[string]> &
      Placeholders<typeof LIMIT_PARAMS>
    const question = parameterRow(asked)
    const found = db.$with('found').as(find(db, p as never) as never)
    const subject = about && sql`(select found.${sql.identifier(about)} from found)`
    const { steps, refused, receipt } = tryCounted(db, { tries }, { about: subject || undefined })
    return db
      .with(found, ...steps)
      .select({
        ...question.echo,
        ...databaseTime,
        ...refusedColumns(refused),
        receipt,
        ...columnsOf<Row>(found as never),
      })
      .from(question.from)
      .leftJoin(refused, sql`true`)
      .leftJoin(found, sql`true`) as unknown as Preparable<Row & Refused & { receipt: string }>
  })
  return async (
    db: Database,
    values: ValuesOf<Declared> & { tries: string },
  ): Promise<Counted<Row>> => {
    const [row] = await send(db, values as never)
    if (!row) throw new Error(`${declaration.name} answers by no row`)
    const { refusedBy, waitSeconds, receipt, ...found } = row
    const isFound = Object.values(found).some((value) => value !== null)
    return {
      ...{ refusedBy, waitSeconds },
      ifPassed: { found: isFound ? (found as unknown as Row) : undefined, receipt },
    }
  }
}
