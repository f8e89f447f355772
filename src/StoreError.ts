import * as Data from "effect/Data"
export class StoreError extends Data.TaggedError("LineStoreError")<{ readonly cause: unknown }> {}
