/**
 * The kinds of schema that this service and the libraries over zod build. A bundle that needs another one cannot start.
 */
export {
  any,
  array,
  boolean,
  discriminatedUnion,
  enum,
  int,
  literal,
  number,
  object,
  record,
  strictObject,
  string,
  union,
  ZodObject,
  ZodType,
} from '../../node_modules/zod/v4/classic/schemas.js'
export { NEVER } from '../../node_modules/zod/v4/core/core.js'
export { globalRegistry } from '../../node_modules/zod/v4/core/registries.js'
