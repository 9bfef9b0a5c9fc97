// Types and validation of events from a schema of any library that follows Standard Schema (https://standardschema.dev).

/** A schema of Standard Schema, version 1: zod, valibot, arktype and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema says of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] }

/** Schemas by event name. */
export type EventSchemas = Readonly<Record<string, StandardSchema>>

/** The data of each event, from its schema. */
export type EventData<Schemas extends EventSchemas> = {
  readonly [Name in keyof Schemas]: NonNullable<Schemas[Name]['~standard']['types']>['output']
}

type Verdict = { readonly value: unknown } | { readonly issue: string }

/** Asks a schema; what it throws is its verdict too. */
export function validate(schema: StandardSchema, data: unknown): Verdict | Promise<Verdict> {
  const failed = (error: unknown): Verdict => ({ issue: String(error) })
  try {
    const result = schema['~standard'].validate(data)
    return result instanceof Promise ? result.then(toVerdict).catch(failed) : toVerdict(result)
  } catch (error) {
    return failed(error)
  }
}

const toVerdict = (result: StandardResult<unknown>): Verdict =>
  result.issues === undefined ? { value: result.value } : { issue: result.issues[0]?.message ?? '' }
