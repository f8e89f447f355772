import { assert, describe, it } from "@effect/vitest"
import * as LineBotSdk from "@line/bot-sdk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as ChannelToken from "line-effect/ChannelToken"
import * as Emulator from "line-effect/Emulator"
import * as Modules from "line-effect/Modules"
import { createHash, generateKeyPairSync } from "node:crypto"
import { buffer } from "node:stream/consumers"
import { routes } from "../src/emulator/Platform.js"
import { operations } from "./support/Operations.js"
import * as Png from "./support/Png.js"

const hello = [{ type: "text" as const, text: "hello" }]

const clients = [
  LineBotSdk.messagingApi.MessagingApiClient,
  LineBotSdk.messagingApi.MessagingApiBlobClient,
  LineBotSdk.channelAccessToken.ChannelAccessTokenClient,
  LineBotSdk.insight.InsightClient,
  LineBotSdk.liff.LiffClient,
  LineBotSdk.manageAudience.ManageAudienceClient,
  LineBotSdk.manageAudience.ManageAudienceBlobClient,
  LineBotSdk.moduleOperation.LineModuleClient,
  LineBotSdk.moduleAttach.LineModuleAttachClient,
  LineBotSdk.shop.ShopClient
]

/** The operations that the SDK has a method for. */
const methods = new Set(clients.flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype)))

const menu: LineBotSdk.messagingApi.RichMenuRequest = {
  size: { width: 800, height: 540 },
  selected: true,
  name: "Tab A",
  chatBarText: "Menu",
  areas: [{ bounds: { x: 0, y: 0, width: 800, height: 540 }, action: { type: "message", text: "hi" } }]
}

/** Today in Japan, as LINE writes days. */
const today = (): string => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "")

describe("the official Node SDK", () => {
  it.scopedLive("calls each of its methods that the emulator serves, and gets an answer that LINE documents", () =>
    Effect.gen(function* () {
      const line = yield* Emulator.Emulator
      const { url } = yield* Emulator.serve()
      const channelAccessToken = Redacted.value(line.channel.channelAccessToken)
      const client = LineBotSdk.LineBotClient.fromChannelAccessToken({
        channelAccessToken,
        apiBaseURL: url,
        dataApiBaseURL: url,
        managerBaseURL: url
      })
      const tokens = new LineBotSdk.channelAccessToken.ChannelAccessTokenClient({ baseURL: url })
      const called = new Set<string>()

      /** Calls a method, and checks its answer with the schema of the operation of its name. */
      const call = <A>(operationId: string, promise: () => Promise<A>): Effect.Effect<A, unknown> =>
        Effect.tap(Effect.tryPromise({ try: promise, catch: (error) => error }), (answer) => {
          called.add(operationId)
          const success = operations.get(operationId)?.success
          if (success?._tag !== "Json") return
          assert.isTrue(Either.isRight(Schema.decodeUnknownEither(success.schema)(answer)), operationId)
        })

      const user = yield* line.addUser({ displayName: "Mika" })
      const other = yield* line.addUser()
      const group = yield* line.addGroup({ members: [user] })
      const room = yield* line.addRoom({ members: [user] })
      yield* line.join(group)
      yield* line.join(room)
      const { events } = yield* line.say(user, { type: "video", content: new Uint8Array(10) })
      const [{ message, replyToken = "" } = assert.fail("no event")] = events
      const messageId = message?.id ?? ""
      const markAsReadToken = String(message?.["markAsReadToken"])

      yield* call("replyMessage", () => client.replyMessage({ replyToken, messages: hello }))
      const unit = ["campaign"]
      yield* call("pushMessage", () =>
        client.pushMessage({ to: user.userId, messages: hello, customAggregationUnits: unit })
      )
      yield* call("multicast", () => client.multicast({ to: [user.userId], messages: hello }))
      const broadcast = yield* call("broadcast", () => client.broadcastWithHttpInfo({ messages: hello }))
      const broadcastId = broadcast.httpResponse.headers.get("x-line-request-id") ?? ""
      const narrowcast = yield* call("narrowcast", () => client.narrowcastWithHttpInfo({ messages: hello }))
      const narrowcastId = narrowcast.httpResponse.headers.get("x-line-request-id") ?? ""
      yield* call("getNarrowcastProgress", () => client.getNarrowcastProgress(narrowcastId))
      yield* call("validateReply", () => client.validateReply({ messages: hello }))
      yield* call("validatePush", () => client.validatePush({ messages: hello }))
      yield* call("validateMulticast", () => client.validateMulticast({ messages: hello }))
      yield* call("validateNarrowcast", () => client.validateNarrowcast({ messages: hello }))
      yield* call("validateBroadcast", () => client.validateBroadcast({ messages: hello }))
      yield* call("getMessageQuota", () => client.getMessageQuota())
      yield* call("getMessageQuotaConsumption", () => client.getMessageQuotaConsumption())
      yield* call("getNumberOfSentReplyMessages", () => client.getNumberOfSentReplyMessages(today()))
      yield* call("getNumberOfSentPushMessages", () => client.getNumberOfSentPushMessages(today()))
      yield* call("getNumberOfSentMulticastMessages", () => client.getNumberOfSentMulticastMessages(today()))
      yield* call("getNumberOfSentBroadcastMessages", () => client.getNumberOfSentBroadcastMessages(today()))
      yield* call("getAggregationUnitUsage", () => client.getAggregationUnitUsage())
      yield* call("getAggregationUnitNameList", () => client.getAggregationUnitNameList("10"))

      yield* call("getProfile", () => client.getProfile(user.userId))
      yield* call("getFollowers", () => client.getFollowers(undefined, 10))
      yield* call("issueLinkToken", () => client.issueLinkToken(user.userId))
      yield* call("getBotInfo", () => client.getBotInfo())
      yield* call("showLoadingAnimation", () => client.showLoadingAnimation({ chatId: user.userId }))
      yield* call("markMessagesAsRead", () => client.markMessagesAsRead({ chat: { userId: user.userId } }))
      yield* call("markMessagesAsReadByToken", () => client.markMessagesAsReadByToken({ markAsReadToken }))
      yield* call("setWebhookEndpoint", () => client.setWebhookEndpoint({ endpoint: `${url}/nowhere` }))
      const endpoint = yield* call("getWebhookEndpoint", () => client.getWebhookEndpoint())
      assert.deepStrictEqual(endpoint, { endpoint: `${url}/nowhere`, active: true })
      const tested = yield* call("testWebhookEndpoint", () => client.testWebhookEndpoint({}))
      assert.deepInclude(tested, { success: false, statusCode: 404, reason: "ERROR_STATUS_CODE" })
      const { groupId } = group
      const { roomId } = room
      yield* call("getGroupSummary", () => client.getGroupSummary(groupId))
      yield* call("getGroupMemberCount", () => client.getGroupMemberCount(groupId))
      yield* call("getGroupMembersIds", () => client.getGroupMembersIds(groupId))
      yield* call("getGroupMemberProfile", () => client.getGroupMemberProfile(groupId, user.userId))
      yield* call("leaveGroup", () => client.leaveGroup(groupId))
      yield* call("getRoomMemberCount", () => client.getRoomMemberCount(roomId))
      yield* call("getRoomMembersIds", () => client.getRoomMembersIds(roomId))
      yield* call("getRoomMemberProfile", () => client.getRoomMemberProfile(roomId, user.userId))
      yield* call("leaveRoom", () => client.leaveRoom(roomId))

      const download = yield* call("getMessageContent", () => client.getMessageContent(messageId))
      assert.lengthOf(yield* Effect.promise(() => buffer(download)), 10)
      yield* call("getMessageContentPreview", () => client.getMessageContentPreview(messageId))
      yield* call("getMessageContentTranscodingByMessageId", () =>
        client.getMessageContentTranscodingByMessageId(messageId)
      )

      const { richMenuId } = yield* call("createRichMenu", () => client.createRichMenu(menu))
      const { richMenuId: next } = yield* call("createRichMenu", () => client.createRichMenu(menu))
      yield* call("validateRichMenuObject", () => client.validateRichMenuObject(menu))
      const image = Png.make(800, 540)
      const upload = () => new Blob([image], { type: "image/png" })
      yield* call("setRichMenuImage", () => client.setRichMenuImage(richMenuId, upload()))
      yield* call("setRichMenuImage", () => client.setRichMenuImage(next, upload()))
      const shown = yield* call("getRichMenuImage", () => client.getRichMenuImage(richMenuId))
      assert.deepStrictEqual(new Uint8Array(yield* Effect.promise(() => buffer(shown))), image)
      yield* call("getRichMenu", () => client.getRichMenu(richMenuId))
      yield* call("getRichMenuList", () => client.getRichMenuList())
      yield* call("setDefaultRichMenu", () => client.setDefaultRichMenu(richMenuId))
      yield* call("getDefaultRichMenuId", () => client.getDefaultRichMenuId())
      yield* call("cancelDefaultRichMenu", () => client.cancelDefaultRichMenu())
      yield* call("linkRichMenuIdToUser", () => client.linkRichMenuIdToUser(user.userId, richMenuId))
      yield* call("getRichMenuIdOfUser", () => client.getRichMenuIdOfUser(user.userId))
      yield* call("unlinkRichMenuIdFromUser", () => client.unlinkRichMenuIdFromUser(user.userId))
      const userIds = [user.userId, other.userId]
      yield* call("linkRichMenuIdToUsers", () => client.linkRichMenuIdToUsers({ richMenuId, userIds }))
      yield* call("unlinkRichMenuIdFromUsers", () => client.unlinkRichMenuIdFromUsers({ userIds }))
      const batch: LineBotSdk.messagingApi.RichMenuBatchRequest = {
        operations: [{ type: "link", from: richMenuId, to: next } as LineBotSdk.messagingApi.RichMenuBatchOperation],
        resumeRequestKey: "key"
      }
      yield* call("validateRichMenuBatchRequest", () => client.validateRichMenuBatchRequest(batch))
      const batched = yield* call("richMenuBatch", () => client.richMenuBatchWithHttpInfo(batch))
      const batchId = batched.httpResponse.headers.get("x-line-request-id") ?? ""
      yield* call("getRichMenuBatchProgress", () => client.getRichMenuBatchProgress(batchId))
      const alias = { richMenuAliasId: "tab-a", richMenuId }
      yield* call("createRichMenuAlias", () => client.createRichMenuAlias(alias))
      yield* call("getRichMenuAlias", () => client.getRichMenuAlias("tab-a"))
      yield* call("getRichMenuAliasList", () => client.getRichMenuAliasList())
      yield* call("updateRichMenuAlias", () => client.updateRichMenuAlias("tab-a", { richMenuId: next }))
      yield* call("deleteRichMenuAlias", () => client.deleteRichMenuAlias("tab-a"))
      yield* call("deleteRichMenu", () => client.deleteRichMenu(richMenuId))

      const now = Math.floor(Date.now() / 1000)
      const { couponId } = yield* call("createCoupon", () =>
        client.createCoupon({
          title: "100 yen off",
          reward: { type: "discount", priceInfo: { type: "fixed", fixedAmount: 100 } } as never,
          acquisitionCondition: { type: "normal" },
          maxUseCountPerTicket: 1,
          startTimestamp: now,
          endTimestamp: now + 86_400,
          timezone: "ASIA_TOKYO",
          visibility: "UNLISTED"
        })
      )
      // It has no string for the array of its own declaration, which it calls a Set.
      const running = ["RUNNING"] as unknown as Set<"RUNNING">
      yield* call("listCoupon", () => client.listCoupon(running, undefined, 10))
      yield* call("getCouponDetail", () => client.getCouponDetail(couponId ?? ""))
      yield* call("closeCoupon", () => client.closeCoupon(couponId ?? ""))

      const friends = userIds.map((id) => ({ id }))
      const { audienceGroupId = 0 } = yield* call("createAudienceGroup", () =>
        client.createAudienceGroup({ description: "friends", audiences: friends })
      )
      yield* call("addAudienceToAudienceGroup", () =>
        client.addAudienceToAudienceGroup({ audienceGroupId, audiences: friends })
      )
      const file = new Blob([userIds.join("\n")], { type: "text/plain" })
      yield* call("createAudienceForUploadingUserIds", () => client.createAudienceForUploadingUserIds(file, "by file"))
      yield* call("addUserIdsToAudience", () => client.addUserIdsToAudience(file, audienceGroupId))
      yield* call("createClickBasedAudienceGroup", () =>
        client.createClickBasedAudienceGroup({ description: "clicked", requestId: broadcastId })
      )
      yield* call("createImpBasedAudienceGroup", () =>
        client.createImpBasedAudienceGroup({ description: "seen", requestId: broadcastId })
      )
      yield* call("updateAudienceGroupDescription", () =>
        client.updateAudienceGroupDescription(audienceGroupId, { description: "all friends" })
      )
      yield* call("getAudienceData", () => client.getAudienceData(audienceGroupId))
      yield* call("getAudienceGroups", () => client.getAudienceGroups(1))
      yield* call("getSharedAudienceGroups", () => client.getSharedAudienceGroups(1))
      // Nothing is shared with this account.
      const unshared = yield* Effect.flip(call("getSharedAudienceData", () => client.getSharedAudienceData(1)))
      assert.isTrue(unshared instanceof LineBotSdk.HTTPFetchError && unshared.status === 400)
      called.add("getSharedAudienceData")
      yield* call("deleteAudienceGroup", () => client.deleteAudienceGroup(audienceGroupId))

      yield* call("getFriendsDemographics", () => client.getFriendsDemographics())
      yield* call("getNumberOfMessageDeliveries", () => client.getNumberOfMessageDeliveries(today()))
      yield* call("getNumberOfFollowers", () => client.getNumberOfFollowers(today()))
      yield* call("getMessageEvent", () => client.getMessageEvent(broadcastId))
      yield* call("getStatisticsPerUnit", () => client.getStatisticsPerUnit("campaign", today(), today()))
      yield* call("getRichMenuInsightSummary", () => client.getRichMenuInsightSummary(next, today(), today()))
      yield* call("getRichMenuInsightDaily", () => client.getRichMenuInsightDaily(next, today(), today()))

      const phoneNumber = "+818000001234"
      yield* line.addUser({ phoneNumber })
      const to = createHash("sha256").update(phoneNumber).digest("hex")
      yield* call("pushMessagesByPhone", () =>
        client.pushMessagesByPhone({ to, messages: hello }, "delivery-tag-of-16")
      )
      yield* call("getPNPMessageStatistics", () => client.getPNPMessageStatistics(today()))

      const view = { type: "full", url: "https://example.com" } as const
      const { liffId } = yield* call("addLIFFApp", () => client.addLIFFApp({ view }))
      yield* call("getAllLIFFApps", () => client.getAllLIFFApps())
      yield* call("updateLIFFApp", () => client.updateLIFFApp(liffId, { view: { type: "tall" } }))
      yield* call("deleteLIFFApp", () => client.deleteLIFFApp(liffId))

      yield* call("getMembershipList", () => client.getMembershipList())
      yield* call("getJoinedMembershipUsers", () => client.getJoinedMembershipUsers(1, undefined, 10))
      yield* line.act({ type: "membership", userId: user.userId, membership: "joined" })
      yield* call("getMembershipSubscription", () => client.getMembershipSubscription(user.userId))
      const sticker = { to: user.userId, productId: "1", productType: "STICKER", sendPresentMessage: false }
      yield* call("missionStickerV3", () => client.missionStickerV3(sticker))

      yield* call("acquireChatControl", () => client.acquireChatControl(user.userId))
      yield* call("releaseChatControl", () => client.releaseChatControl(user.userId))

      const { channelId } = line.channel
      const channelSecret = Redacted.value(line.channel.channelSecret)
      const redirect = "https://example.com/attached"
      const authorization = { client_id: channelId, redirect_uri: redirect, scope: "message:send", state: "state" }
      const { id = "" } = yield* line.act({ type: "authorizeModule", url: Modules.authorizeUrl(authorization) })
      const code = new URL(id).searchParams.get("code") ?? ""
      const { bot_id: botId } = yield* call("attachModule", () =>
        client.attachModule("authorization_code", code, redirect, undefined, channelId, channelSecret)
      )
      yield* call("getModules", () => client.getModules(undefined, 10))
      yield* call("detachModule", () => client.detachModule({ botId }))
      const shortLived = yield* call("issueChannelToken", () =>
        tokens.issueChannelToken("client_credentials", channelId, channelSecret)
      )
      yield* call("verifyChannelToken", () => tokens.verifyChannelToken(shortLived.access_token))
      yield* call("revokeChannelToken", () => tokens.revokeChannelToken(shortLived.access_token))
      yield* call("issueStatelessChannelToken", () =>
        tokens.issueStatelessChannelTokenByClientSecret(channelId, channelSecret)
      )
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
      const assertionKeyId = yield* line.registerAssertionKey({
        ...publicKey.export({ format: "jwk" }),
        alg: "RS256",
        use: "sig"
      })
      const assertionKey = Redacted.make(privateKey.export({ format: "pem", type: "pkcs8" }).toString())
      const sign = yield* ChannelToken.signer({ channelId, assertionKey, assertionKeyId })
      const assertion = Redacted.value(yield* sign({ token_exp: 600 }))
      const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
      const byAssertion = yield* call("issueChannelTokenByJWT", () =>
        tokens.issueChannelTokenByJWT("client_credentials", type, assertion)
      )
      const { kids } = yield* call("getsAllValidChannelAccessTokenKeyIds", () =>
        tokens.getsAllValidChannelAccessTokenKeyIds(type, assertion)
      )
      assert.deepStrictEqual(kids, [byAssertion.key_id])
      yield* call("verifyChannelTokenByJWT", () => tokens.verifyChannelTokenByJWT(byAssertion.access_token))
      yield* call("revokeChannelTokenByJWT", () =>
        tokens.revokeChannelTokenByJWT(channelId, channelSecret, byAssertion.access_token)
      )

      const served = routes.map(({ operationId }) => operationId).filter((operationId) => methods.has(operationId))
      assert.deepStrictEqual(
        served.filter((operationId) => !called.has(operationId)),
        [],
        "served, and not called here"
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
