/**
 * `line-effect token`: channel access tokens. Secrets come from the environment or from files, never from an argument,
 * which other users of the machine could see.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { generateKeyPairSync } from "node:crypto"
import * as ChannelToken from "../ChannelToken.js"
import type * as LineClient from "../LineClient.js"
import type * as LineError from "../LineError.js"
import { Failure, fromLine } from "./Failure.js"
import type * as Help from "./Help.js"
import * as Input from "./Input.js"
import * as Output from "./Output.js"
import * as Target from "./Target.js"

/** The help. */
export const pages = {
  token: {
    summary: "Channel access tokens: issues, verifies and revokes them.",
    examples: ["line-effect token issue"]
  },
  "token issue": {
    summary:
      "Issues a token, and prints it. With --line for LINE_CHANNEL_ID, by LINE_CHANNEL_SECRET or LINE_ASSERTION_KEY.",
    examples: [
      "line-effect token issue",
      "line-effect token issue --line --kind short-lived --secret-file secret.txt > token.txt",
      "line-effect token issue --line --kind v2.1 --key-file key.json --expires-in 86400"
    ]
  },
  "token verify": {
    summary: "Tells whether a token is valid, of which kind it is, and for how long.",
    examples: ["line-effect token verify", "line-effect token verify --line --token-file token.txt"]
  },
  "token revoke": {
    summary: "Revokes a token. A stateless one cannot be revoked.",
    examples: [
      "line-effect token revoke --token-file token.txt",
      "pass line | line-effect token revoke --line --token-file -"
    ]
  }
} satisfies Help.Pages

const file = (name: string, description: string) =>
  Options.text(name).pipe(Options.withPseudoName("file"), Options.withDescription(description), Options.optional)

const shared = { ...Target.options, json: Output.json }

const secretFile = file(
  "secret-file",
  "A file with the channel secret, instead of LINE_CHANNEL_SECRET. - is standard input."
)

const issueOptions = {
  kind: Options.choice("kind", ["stateless", "short-lived", "v2.1"]).pipe(
    Options.withDescription(
      "stateless (15 minutes) unless set, short-lived (30 days), or v2.1 (as --expires-in says)."
    ),
    Options.withDefault("stateless" as const)
  ),
  secretFile,
  keyFile: file("key-file", "A file with the assertion signing key, JWK or PEM, instead of LINE_ASSERTION_KEY."),
  expiresIn: Options.integer("expires-in").pipe(
    Options.withPseudoName("seconds"),
    Options.withDescription("How long a token v2.1 shall live: 30 days at most, and unless set."),
    Options.withDefault(30 * 24 * 60 * 60)
  ),
  ...shared
}

type Issue = Command.Command.ParseConfig<typeof issueOptions>

interface Issued {
  readonly token: ChannelToken.IssuedToken
  readonly keyId?: string
}

const issue = Command.make("issue", issueOptions, (given) =>
  Target.provide(
    given,
    "none"
  )((target) => Effect.flatMap(issued(given, target), (issued) => show(given, issued))).pipe(
    Output.reporting(given.json)
  )
).pipe(Command.withDescription(pages["token issue"].summary))

const show = ({ json, kind }: Issue, { keyId, token }: Issued): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { access_token, expires_in, token_type } = token
    const value = Redacted.value(access_token)
    const named = keyId === undefined ? "" : `, key ID ${keyId}`
    yield* Console.error(`A ${kind} token, for ${duration(expires_in)}${named}`)
    yield* Output.print(json, { kind, access_token: value, expires_in, token_type, key_id: keyId }, value)
  })

const issued = (given: Issue, target: Target.Target): Effect.Effect<Issued, Failure, LineClient.LineClient> => {
  switch (given.kind) {
    case "stateless":
      return Effect.flatMap(credentials(given, target), (request) =>
        Effect.mapBoth(ChannelToken.issueStatelessChannelToken(request), {
          onSuccess: (token) => ({ token }),
          onFailure: fromLine
        })
      )
    case "short-lived":
      return Effect.flatMap(bySecret(given, target), (request) =>
        Effect.mapBoth(ChannelToken.issueChannelToken(request), {
          onSuccess: (token) => ({ token }),
          onFailure: fromLine
        })
      )
    case "v2.1":
      return Effect.flatMap(byAssertion(given, target, { token_exp: given.expiresIn }), (request) =>
        Effect.mapBoth(ChannelToken.issueChannelTokenByJWT(request), {
          onSuccess: (token) => ({ token, keyId: token.key_id }),
          onFailure: fromLine
        })
      )
  }
}

/** The credentials that there are. */
const credentials = (
  given: Issue,
  target: Target.Target
): Effect.Effect<ChannelToken.ClientSecretCredentials | ChannelToken.AssertionCredentials, Failure> =>
  Effect.gen(function* () {
    const hasSecret = Option.isSome(given.secretFile) || Option.isSome(yield* variable("LINE_CHANNEL_SECRET"))
    const hasKey = Option.isSome(given.keyFile) || Option.isSome(yield* variable("LINE_ASSERTION_KEY"))
    return target._tag === "Emulator" || hasSecret || !hasKey
      ? yield* bySecret(given, target)
      : yield* byAssertion(given, target, {})
  })

const bySecret = (
  { secretFile }: { readonly secretFile: Option.Option<string> },
  target: Target.Target
): Effect.Effect<ChannelToken.ClientSecretCredentials, Failure> =>
  target._tag === "Emulator"
    ? Effect.succeed({
        client_id: target.overview.channel.channelId,
        client_secret: target.overview.channel.channelSecret
      })
    : Effect.all({ client_id: channelId, client_secret: secretOf(secretFile, "LINE_CHANNEL_SECRET", "--secret-file") })

const byAssertion = (
  given: Issue,
  target: Target.Target,
  claims: { readonly token_exp?: number }
): Effect.Effect<ChannelToken.AssertionCredentials, Failure> =>
  Effect.gen(function* () {
    const key =
      target._tag === "Emulator"
        ? yield* registeredKey(target)
        : {
            channelId: yield* channelId,
            assertionKey: yield* secretOf(given.keyFile, "LINE_ASSERTION_KEY", "--key-file"),
            assertionKeyId: Option.getOrUndefined(yield* variable("LINE_ASSERTION_KEY_ID"))
          }
    const sign = yield* Effect.mapError(
      ChannelToken.signer(key),
      ({ message }) => new Failure({ kind: "usage", message, advice: "LINE_ASSERTION_KEY_ID may give the ID." })
    )
    return { client_assertion: yield* sign(claims) }
  })

/** A new key, which the owner of the emulator's account registers. */
const registeredKey = (target: Target.Emulator): Effect.Effect<ChannelToken.ByAssertion, Failure> =>
  Effect.gen(function* () {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const jwk = { ...publicKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }
    const { id } = yield* Target.act(target, { type: "registerAssertionKey", jwk })
    return {
      channelId: target.overview.channel.channelId,
      assertionKey: Redacted.make(privateKey.export({ format: "pem", type: "pkcs8" }).toString()),
      assertionKeyId: id
    }
  })

const tokenFile = file("token-file", "A file with the token. - is standard input.")

const verify = Command.make("verify", { tokenFile, ...shared }, (given) =>
  Target.provide(
    given,
    "none"
  )((target) =>
    Effect.gen(function* () {
      const access_token = yield* tokenOf(given.tokenFile, target)
      const found = yield* identify(access_token)
      yield* Output.print(
        given.json,
        { valid: true, ...found },
        `valid: a ${found.kind} token of channel ${found.client_id}, for another ${duration(found.expires_in)}`
      )
    })
  ).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages["token verify"].summary))

const revoke = Command.make(
  "revoke",
  {
    tokenFile: Options.text("token-file").pipe(
      Options.withPseudoName("file"),
      Options.withDescription("A file with the token. - is standard input.")
    ),
    secretFile,
    ...shared
  },
  (given) =>
    Target.provide(
      given,
      "none"
    )((target) =>
      Effect.gen(function* () {
        const access_token = yield* Input.secret(given.tokenFile)
        // What revokes one kind says of another that all is well, and does nothing.
        const { kind } = yield* identify(access_token)
        if (kind === "v2.1") {
          const credentials = yield* bySecret(given, target)
          yield* Effect.mapError(ChannelToken.revokeChannelTokenByJWT({ ...credentials, access_token }), fromLine)
        } else {
          yield* Effect.mapError(ChannelToken.revokeChannelToken({ access_token }), fromLine)
        }
        yield* Output.print(given.json, { revoked: true, kind }, `the ${kind} token is revoked`)
      })
    ).pipe(Output.reporting(given.json))
).pipe(Command.withDescription(pages["token revoke"].summary))

interface Identified extends ChannelToken.VerifiedToken {
  readonly kind: "short-lived or long-lived" | "v2.1"
}

/** What LINE knows of a token, as one kind and then as the other. */
const identify = (access_token: Redacted.Redacted): Effect.Effect<Identified, Failure, LineClient.LineClient> =>
  ChannelToken.verifyChannelToken({ access_token }).pipe(
    Effect.map((verified) => ({ kind: "short-lived or long-lived", ...verified }) as const),
    Effect.catchIf(isUnknown, () =>
      Effect.map(
        ChannelToken.verifyChannelTokenByJWT({ access_token }),
        (verified) => ({ kind: "v2.1", ...verified }) as const
      )
    ),
    Effect.mapError((error) =>
      isUnknown(error)
        ? new Failure({
            kind: "refused",
            message:
              "LINE knows no such token: it has ended, was revoked, or is stateless, of which LINE tells nothing",
            facts: { valid: false, requestId: error.requestId }
          })
        : fromLine(error)
    )
  )

const isUnknown = ({ _tag }: LineError.LineError): boolean => _tag === "LineOAuthError" || _tag === "LineBadRequest"

/** The token of a file, or the one that a bot would use. */
const tokenOf = (file: Option.Option<string>, target: Target.Target): Effect.Effect<Redacted.Redacted, Failure> =>
  Option.isNone(file) && target._tag === "Emulator"
    ? Effect.succeed(target.overview.channel.channelAccessToken)
    : secretOf(file, "LINE_CHANNEL_ACCESS_TOKEN", "--token-file")

const variable = (name: string): Effect.Effect<Option.Option<string>, Failure> =>
  Effect.mapError(Config.option(Config.nonEmptyString(name)), Target.environmentFailure)

const secretOf = (
  file: Option.Option<string>,
  name: string,
  option: string
): Effect.Effect<Redacted.Redacted, Failure> =>
  Option.match(file, {
    onSome: Input.secret,
    onNone: () => Effect.map(needed(name, `Set it, or give ${option}.`), Redacted.make)
  })

const needed = (name: string, advice: string): Effect.Effect<string, Failure> =>
  Effect.flatMap(
    variable(name),
    Option.match({
      onSome: Effect.succeed,
      onNone: () => new Failure({ kind: "usage", message: `${name} is not set`, advice })
    })
  )

const channelId = needed("LINE_CHANNEL_ID", "Set it: the console shows it on the channel's first page.")

/** Seconds in words. */
export const duration = (seconds: number): string => {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60]
  ] as const
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? (["second", 1] as const)
  const count = Math.floor(seconds / length)
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`
}

/** The subcommands by their words. */
export const subcommands = {
  "token issue": issue.descriptor,
  "token verify": verify.descriptor,
  "token revoke": revoke.descriptor
}

/** The command. */
export const command = Command.make("token").pipe(
  Command.withDescription(pages.token.summary),
  Command.withSubcommands([issue, verify, revoke])
)
