import type {
  ALBEvent,
  ALBResult,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyResult,
  APIGatewayProxyStructuredResultV2,
  Handler,
  LambdaFunctionURLEvent
} from "aws-lambda"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AwsLambda from "line-effect/AwsLambda"
import * as Servers from "./support/Servers.js"

const textOf = (body: Uint8Array | undefined) => (body === undefined ? null : Buffer.from(body).toString("utf8"))

const base64Of = (body: Uint8Array | undefined) => (body === undefined ? null : Buffer.from(body).toString("base64"))

const capitals = (headers: Servers.Sent["headers"]) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]))

const lowercase = (headers: Servers.Sent["headers"]) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const lists = (headers: Servers.Sent["headers"]) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))

/** Payload format 1.0, as a REST API sends it. */
const restEvent = ({ body, headers, method }: Servers.Sent): APIGatewayProxyEvent => ({
  resource: "/callback",
  path: "/callback",
  httpMethod: method,
  headers: capitals(headers),
  multiValueHeaders: lists(capitals(headers)),
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  pathParameters: null,
  stageVariables: null,
  requestContext: {
    accountId: "123456789012",
    apiId: "id",
    authorizer: null,
    protocol: "HTTP/1.1",
    httpMethod: method,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: "192.0.2.1",
      user: null,
      userAgent: "LineBotWebhook/2.0",
      userArn: null
    },
    path: "/prod/callback",
    stage: "prod",
    requestId: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    requestTimeEpoch: 1_428_582_896_000,
    resourceId: "123456",
    resourcePath: "/callback"
  },
  body: textOf(body),
  isBase64Encoded: false
})

/** Payload format 2.0, as an HTTP API and a function URL send it. */
const httpEvent = ({ body, headers, method }: Servers.Sent): APIGatewayProxyEventV2 => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/callback",
  rawQueryString: "",
  headers: lowercase(headers),
  requestContext: {
    accountId: "123456789012",
    apiId: "api-id",
    domainName: "id.execute-api.us-east-1.amazonaws.com",
    domainPrefix: "id",
    http: { method, path: "/callback", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "LineBotWebhook/2.0" },
    requestId: "JKJaXmPLvHcESHA=",
    routeKey: "$default",
    stage: "$default",
    time: "12/Mar/2020:19:03:58 +0000",
    timeEpoch: 1_583_348_638_390
  },
  ...(body === undefined ? {} : { body: textOf(body) ?? "" }),
  isBase64Encoded: false
})

const urlEvent = (sent: Servers.Sent): LambdaFunctionURLEvent => {
  const event = httpEvent(sent)
  return sent.body === undefined ? event : { ...event, body: base64Of(sent.body) ?? "", isBase64Encoded: true }
}

/** What a load balancer sends to a target group that asks for lists of headers. */
const balancerEvent = ({ body, headers, method }: Servers.Sent): ALBEvent => ({
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/bot/1" } },
  httpMethod: method,
  path: "/callback",
  multiValueQueryStringParameters: {},
  multiValueHeaders: lists(lowercase(headers)),
  body: base64Of(body) ?? "",
  isBase64Encoded: body !== undefined
})

/** As the body parser of middy does. */
const parse = (event: AwsLambda.Event) =>
  typeof event.body === "string" && event.body !== ""
    ? JSON.parse(decoded(event.body, event.isBase64Encoded))
    : undefined

const decoded = (body: string, isBase64Encoded: boolean) =>
  isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body

const startWith =
  (eventOf: (sent: Servers.Sent) => AwsLambda.Event): Servers.Start =>
  (options, layer, before) =>
    Effect.sync(() => {
      const { dispose, handler } = AwsLambda.toHandler(options, layer)
      return {
        send: (sent) =>
          Effect.promise(async () => {
            const event = eventOf(sent)
            if (before === "a parser") Object.assign(event, { body: parse(event) })
            if (before === "a parser that keeps rawBody")
              Object.assign(event, { rawBody: event.body, body: parse(event) })
            const { body, headers, isBase64Encoded, multiValueHeaders, statusCode } = await handler(event)
            assert.isFalse(isBase64Encoded)
            if (event.headers === undefined) assert.deepStrictEqual(multiValueHeaders, lists(headers))
            return { status: statusCode, headers: new Headers(headers), body }
          }),
        dispose: Effect.promise(dispose)
      }
    })

describe("AwsLambda", () => {
  for (const [name, eventOf] of [
    ["a REST API", restEvent],
    ["an HTTP API", httpEvent],
    ["a function URL", urlEvent],
    ["a load balancer", balancerEvent]
  ] as const) {
    describe(`behind ${name}`, () => {
      Servers.behaves(startWith(eventOf), { advice: /keep the text as event\.rawBody/, waits: true })
    })
  }

  it.scopedLive("refuses what says that it is Base64 and is not", () =>
    Effect.gen(function* () {
      const { send } = yield* Servers.make(startWith((sent) => ({ ...httpEvent(sent), isBase64Encoded: true })))
      assert.strictEqual((yield* send(yield* Servers.webhook())).status, 401)
    })
  )

  it("is a function for each kind of event as their types have it", () => {
    const { handler } = AwsLambda.toHandler({ channelSecret: Servers.channelSecret, handlers: {} }, Layer.empty)
    const rest: Handler<APIGatewayProxyEvent, APIGatewayProxyResult> = handler
    const http: Handler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> = handler
    const url: Handler<LambdaFunctionURLEvent, APIGatewayProxyStructuredResultV2> = handler
    const balancer: Handler<ALBEvent, ALBResult> = handler
    assert.lengthOf(new Set([rest, http, url, balancer]), 1)
  })
})
