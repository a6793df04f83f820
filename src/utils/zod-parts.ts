/** The kinds of schema that are built here or by the libraries over zod. A bundle that asks for another cannot start. */
export {
  array,
  boolean,
  discriminatedUnion,
  enum,
  int,
  literal,
  object,
  strictObject,
  string,
  ZodObject,
  ZodType,
} from '../../node_modules/zod/v4/classic/schemas.js'
export { NEVER } from '../../node_modules/zod/v4/core/core.js'
export { globalRegistry } from '../../node_modules/zod/v4/core/registries.js'
