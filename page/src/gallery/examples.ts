/**
 * One example of everything that a message can be.
 */
import type * as Action from "../../../src/Action.js"
import type * as Flex from "../../../src/Flex.js"
import type * as RichMenu from "../../../src/RichMenu.js"
import type { MessageViewProps } from "../message/MessageView.js"
import landscapeFile from "./landscape.svg?url"
import portraitFile from "./portrait.svg?url"
import starFile from "./star.svg?url"

const absolute = (file: string): string => new URL(file, document.baseURI).href

const landscape = absolute(landscapeFile)
const portrait = absolute(portraitFile)
const star = absolute(starFile)
const missing = "https://bot.example/pictures/not-there.jpg"

const uri: Action.Labelled<Action.UriAction> = { type: "uri", label: "See more", uri: "https://example.com/more" }
const message: Action.Labelled<Action.MessageAction> = { type: "message", label: "Say hello", text: "Hello!" }
const postback: Action.Labelled<Action.PostbackAction> = {
  type: "postback",
  label: "Buy",
  data: "action=buy&item=1",
  displayText: "I buy it"
}
const keyboard: Action.Labelled<Action.PostbackAction> = {
  type: "postback",
  label: "Write a review",
  data: "action=review",
  inputOption: "openKeyboard",
  fillInText: "My review:\n"
}
const picker: Action.Labelled<Action.DatetimePickerAction> = {
  type: "datetimepicker",
  label: "Pick a day",
  data: "action=reserve",
  mode: "date",
  initial: "2026-08-31",
  min: "2026-08-01",
  max: "2026-12-31"
}
const timePicker: Action.Labelled<Action.DatetimePickerAction> = {
  type: "datetimepicker",
  label: "Pick a time",
  data: "action=time",
  mode: "time",
  initial: "18:30"
}
const momentPicker: Action.Labelled<Action.DatetimePickerAction> = {
  type: "datetimepicker",
  label: "Pick both",
  data: "action=moment",
  mode: "datetime",
  initial: "2026-08-31t18:30"
}
const clipboard: Action.Labelled<Action.ClipboardAction> = {
  type: "clipboard",
  label: "Copy the code",
  clipboardText: "LINE-2026"
}

/** A part of the gallery: some messages under a title. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly messages: ReadonlyArray<Omit<MessageViewProps, "onAction">>
}

const bot = { name: "Café Brown" }
const at = Date.UTC(2026, 7, 31, 9, 41)

const fromBot = (value: unknown, more?: Partial<MessageViewProps>) => ({
  message: value,
  own: false,
  sender: bot,
  timestamp: at,
  ...more
})

const fromUser = (value: unknown, more?: Partial<MessageViewProps>) => ({
  message: value,
  own: true,
  timestamp: at,
  ...more
})

const flex = (contents: unknown) => fromBot({ type: "flex", altText: "A Flex Message", contents })

const words = (text: string, more?: object) => ({ type: "text", text, ...more })

const box = (layout: Flex.Box["layout"], contents: ReadonlyArray<unknown>, more?: object) => ({
  type: "box",
  layout,
  contents,
  ...more
})

const swatch = (backgroundColor: string, more?: object) =>
  box("vertical", [], { backgroundColor, height: "30px", width: "40px", ...more })

const button = (action: unknown, more?: object) => ({ type: "button", action, ...more })

const bubble = (...contents: ReadonlyArray<unknown>) => ({
  type: "bubble",
  body: box("vertical", contents, { spacing: "md" })
})

const lorem = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore."

const restaurant = {
  type: "bubble",
  hero: { type: "image", url: landscape, size: "full", aspectRatio: "20:13", aspectMode: "cover", action: uri },
  body: box("vertical", [
    words("Brown Café", { weight: "bold", size: "xl" }),
    box(
      "baseline",
      [
        ...[1, 2, 3, 4].map(() => ({ type: "icon", size: "sm", url: star })),
        { type: "icon", size: "sm", url: missing },
        words("4.0", { size: "sm", color: "#999999", margin: "md", flex: 0 })
      ],
      { margin: "md" }
    ),
    box(
      "vertical",
      [
        box(
          "baseline",
          [
            words("Place", { color: "#aaaaaa", size: "sm", flex: 1 }),
            words("Flex Tower, 7-7-4 Midori-ku, Tokyo", { wrap: true, color: "#666666", size: "sm", flex: 5 })
          ],
          { spacing: "sm" }
        ),
        box(
          "baseline",
          [
            words("Time", { color: "#aaaaaa", size: "sm", flex: 1 }),
            words("10:00 - 23:00", { wrap: true, color: "#666666", size: "sm", flex: 5 })
          ],
          { spacing: "sm" }
        )
      ],
      { margin: "lg", spacing: "sm" }
    )
  ]),
  footer: box(
    "vertical",
    [
      button({ ...uri, label: "CALL" }, { style: "link", height: "sm" }),
      button({ ...uri, label: "WEBSITE" }, { style: "link", height: "sm" }),
      box("vertical", [], { margin: "sm" })
    ],
    { spacing: "sm", flex: 0 }
  )
}

const row = (name: string, price: string, more?: object) =>
  box("horizontal", [
    words(name, { size: "sm", color: "#555555", flex: 0, ...more }),
    words(price, { size: "sm", color: "#111111", align: "end", ...more })
  ])

const receipt = {
  type: "bubble",
  body: box("vertical", [
    words("RECEIPT", { weight: "bold", color: "#1DB446", size: "sm" }),
    words("Brown Store", { weight: "bold", size: "xxl", margin: "md" }),
    words("Miraina Tower, 4-1-6 Shinjuku, Tokyo", { size: "xs", color: "#aaaaaa", wrap: true }),
    { type: "separator", margin: "xxl" },
    box(
      "vertical",
      [
        row("Energy Drink", "$2.99"),
        row("Chewing Gum", "$0.99"),
        row("Bottled Water", "$3.33"),
        { type: "separator", margin: "xxl" },
        { ...row("ITEMS", "3"), margin: "xxl" },
        row("TOTAL", "$7.31")
      ],
      { margin: "xxl", spacing: "sm" }
    ),
    { type: "separator", margin: "xxl" },
    { ...row("PAYMENT ID", "#743289384279", { size: "xs", color: "#aaaaaa" }), margin: "md" }
  ]),
  styles: { footer: { separator: true } }
}

const ticket = {
  type: "bubble",
  body: box(
    "vertical",
    [
      { type: "image", url: landscape, size: "full", aspectMode: "cover", aspectRatio: "2:3", gravity: "top" },
      box(
        "vertical",
        [
          words("Brown's T-shirts", { size: "xl", color: "#ffffff", weight: "bold" }),
          box(
            "baseline",
            [
              words("¥35,800", { color: "#ebebeb", size: "sm", flex: 0 }),
              words("¥75,000", {
                color: "#ffffffcc",
                decoration: "line-through",
                gravity: "bottom",
                flex: 0,
                size: "sm"
              })
            ],
            { spacing: "lg" }
          ),
          box(
            "vertical",
            [
              { type: "filler" },
              box(
                "baseline",
                [
                  { type: "filler" },
                  { type: "icon", url: star },
                  words("Add to cart", { color: "#ffffff", flex: 0, offsetTop: "-2px" }),
                  { type: "filler" }
                ],
                { spacing: "sm" }
              ),
              { type: "filler" }
            ],
            {
              borderWidth: "1px",
              cornerRadius: "4px",
              spacing: "sm",
              borderColor: "#ffffff",
              margin: "xxl",
              height: "40px",
              action: postback
            }
          )
        ],
        {
          position: "absolute",
          offsetBottom: "0px",
          offsetStart: "0px",
          offsetEnd: "0px",
          backgroundColor: "#03303Acc",
          paddingAll: "20px",
          paddingTop: "18px"
        }
      ),
      box("vertical", [words("SALE", { color: "#ffffff", align: "center", size: "xs", offsetTop: "3px" })], {
        position: "absolute",
        cornerRadius: "20px",
        offsetTop: "18px",
        backgroundColor: "#ff334b",
        offsetStart: "18px",
        height: "25px",
        width: "53px"
      })
    ],
    { paddingAll: "0px" }
  )
}

const progress = (share: string, title: string, color: string) => ({
  type: "bubble",
  size: "nano",
  header: box(
    "vertical",
    [
      words(title, { color: "#ffffff", align: "start", size: "md", gravity: "center" }),
      words(share, { color: "#ffffff", align: "start", size: "xs", gravity: "center", margin: "lg" }),
      box(
        "vertical",
        [box("vertical", [{ type: "filler" }], { width: share, backgroundColor: "#0D8186", height: "6px" })],
        { backgroundColor: "#9FD8E36E", height: "6px", margin: "sm" }
      )
    ],
    { backgroundColor: color, paddingTop: "19px", paddingAll: "12px", paddingBottom: "16px" }
  ),
  body: box(
    "vertical",
    [
      box("horizontal", [words("Buy milk and lettuce before class", { color: "#8C8C8C", size: "sm", wrap: true })], {
        flex: 1
      })
    ],
    { spacing: "md", paddingAll: "12px" }
  ),
  styles: { footer: { separator: false } }
})

const stop = (time: string, place: string, color: string) =>
  box(
    "horizontal",
    [
      words(time, { size: "sm", gravity: "center", flex: 1 }),
      box(
        "vertical",
        [
          { type: "filler" },
          box("vertical", [], {
            cornerRadius: "30px",
            height: "12px",
            width: "12px",
            borderColor: color,
            borderWidth: "2px"
          }),
          { type: "filler" }
        ],
        { flex: 0 }
      ),
      words(place, { gravity: "center", flex: 4, size: "sm" })
    ],
    { spacing: "lg", cornerRadius: "30px", margin: "xl" }
  )

const transit = {
  type: "bubble",
  size: "mega",
  header: box(
    "vertical",
    [
      words("FROM", { color: "#ffffff66", size: "sm" }),
      words("Akihabara", { color: "#ffffff", size: "xl", flex: 4, weight: "bold" }),
      words("TO", { color: "#ffffff66", size: "sm" }),
      words("Shinjuku", { color: "#ffffff", size: "xl", flex: 4, weight: "bold" })
    ],
    { paddingAll: "20px", backgroundColor: "#0367D3", spacing: "md", height: "154px", paddingTop: "22px" }
  ),
  body: box("vertical", [
    words("Total: 1 hour", { color: "#b7b7b7", size: "xs" }),
    stop("20:30", "Akihabara", "#EF454D"),
    box(
      "horizontal",
      [
        box("baseline", [{ type: "filler" }], { flex: 1 }),
        box(
          "vertical",
          [
            box(
              "horizontal",
              [
                { type: "filler" },
                box("vertical", [], { width: "2px", backgroundColor: "#B7B7B7" }),
                { type: "filler" }
              ],
              { flex: 1 }
            )
          ],
          { width: "12px" }
        ),
        words("Walk 4min", { gravity: "center", flex: 4, size: "xs", color: "#8c8c8c" })
      ],
      { spacing: "lg", height: "64px" }
    ),
    stop("20:34", "Ochanomizu", "#6486E3")
  ])
}

const sizes = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"] as const

/** The rich menu of the gallery. */
export const richMenu: RichMenu.RichMenu = {
  size: { width: 2500, height: 1686 },
  selected: true,
  name: "Main menu",
  chatBarText: "Menu",
  areas: [
    { bounds: { x: 0, y: 0, width: 1666, height: 843 }, action: { ...keyboard, label: "Review" } },
    { bounds: { x: 1666, y: 0, width: 834, height: 843 }, action: { ...postback, inputOption: "closeRichMenu" } },
    { bounds: { x: 0, y: 843, width: 833, height: 843 }, action: picker },
    { bounds: { x: 833, y: 843, width: 833, height: 843 }, action: { type: "uri", uri: "https://example.com/shop" } },
    {
      bounds: { x: 1666, y: 843, width: 834, height: 843 },
      action: { type: "richmenuswitch", richMenuAliasId: "page-2", data: "page=2" }
    }
  ]
}

/** A picture for the rich menu. */
export const richMenuImage = landscape

/** A quick reply button of every kind. */
export const quickReply = {
  items: [
    { type: "action", imageUrl: star, action: message },
    { type: "action", action: postback },
    { type: "action", action: picker },
    { type: "action", action: { type: "camera", label: "Camera" } },
    { type: "action", action: { type: "cameraRoll", label: "Photos" } },
    { type: "action", action: { type: "location", label: "Where I am" } },
    { type: "action", action: clipboard },
    { type: "action", imageUrl: missing, action: uri }
  ]
}

/** What the messages of the gallery quote. */
export const quoted = { name: "Mika", message: { type: "text", text: "When do you open tomorrow? And is there cake?" } }

/** A place of a picture for a column or a card. */
const column = (more: object) => ({
  thumbnailImageUrl: landscape,
  title: "A walk",
  text: "Two hours in the mountains, for everybody.",
  actions: [postback, uri],
  ...more
})

/** All there is. */
export const sections: ReadonlyArray<Section> = [
  {
    id: "texts",
    title: "Texts",
    messages: [
      fromBot({
        type: "text",
        text: "Hello $ and welcome $!\nThe menu is at https://example.com/menu?lang=en (and more).",
        emojis: [
          { index: 6, productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" },
          { index: 20, productId: "5ac1bfd5040ab15980c9b435", emojiId: "002" }
        ]
      }),
      fromUser({ type: "text", text: "When do you open?" }, { read: true }),
      fromUser(
        { type: "text", text: `A long one. ${lorem} https://example.com/${"long/".repeat(20)}` },
        { read: 3, edited: true }
      ),
      fromBot({
        type: "textV2",
        text: "Hi {who}, {everyone} is here {smile} {{braces}} {unknown}",
        substitution: {
          who: { type: "mention", mentionee: { type: "user", userId: "U1" } },
          everyone: { type: "mention", mentionee: { type: "all" } },
          smile: { type: "emoji", productId: "5ac1bfd5040ab15980c9b435", emojiId: "001" }
        },
        quoteToken: "q"
      }),
      fromUser(
        {
          type: "text",
          id: "1",
          text: "@Café Brown thank you (love)",
          mention: { mentionees: [{ type: "user", index: 0, length: 11, userId: "U2", isSelf: true }] },
          emojis: [{ index: 22, length: 6, productId: "5ac1bfd5040ab15980c9b435", emojiId: "007" }],
          quotedMessageId: "2"
        },
        { read: true }
      ),
      fromBot({ type: "text", text: "I stand in for Brown.", sender: { name: "Cony", iconUrl: portrait } }),
      fromBot({ type: "text", text: "gone" }, { unsent: true }),
      fromBot({
        type: "text",
        text: "日本語の長い文章も、https://example.com/jaのようなリンクも正しく折り返されます。"
      })
    ]
  },
  {
    id: "media",
    title: "Media",
    messages: [
      fromBot({ type: "image", originalContentUrl: landscape, previewImageUrl: landscape }),
      fromUser({ type: "image", originalContentUrl: portrait, previewImageUrl: portrait }, { read: true }),
      fromBot({ type: "image", originalContentUrl: missing, previewImageUrl: missing }),
      fromBot({ type: "image", originalContentUrl: "javascript:alert(1)", previewImageUrl: "javascript:alert(1)" }),
      fromBot({ type: "video", originalContentUrl: "https://bot.example/clip.mp4", previewImageUrl: landscape }),
      fromUser({ type: "video", duration: 65_000, contentProvider: { type: "line" } }),
      fromBot({ type: "audio", originalContentUrl: "https://bot.example/voice.m4a", duration: 83_000 }),
      fromUser({ type: "audio", id: "tone", duration: 1000, contentProvider: { type: "line" } }),
      fromUser({ type: "file", id: "tone", fileName: "annual-report-2026-final.pdf", fileSize: 2_345_678 })
    ]
  },
  {
    id: "cards",
    title: "Stickers, places, coupons, and what is not known",
    messages: [
      fromBot({ type: "sticker", packageId: "446", stickerId: "1988" }),
      fromUser({
        type: "sticker",
        packageId: "789",
        stickerId: "10855",
        keywords: ["hello", "bear"],
        quotedMessageId: "2"
      }),
      fromBot({
        type: "location",
        title: "Café Brown",
        address: "1-3 Kioicho, Chiyoda-ku, Tokyo, 102-8282",
        latitude: 35.67966,
        longitude: 139.73669
      }),
      fromUser({ type: "location", latitude: 35.67966, longitude: 139.73669 }),
      fromBot({ type: "coupon", couponId: "01JYNW8JMQVFBNWF1APF8Z3FS7", deliveryTag: "summer" }),
      fromBot({ type: "hologram", depth: 3 }),
      fromBot("no object at all")
    ]
  },
  {
    id: "imagemap",
    title: "Imagemaps",
    messages: [
      fromBot({
        type: "imagemap",
        // LINE appends the width as a path; a file of this gallery takes it as a query.
        baseUrl: `${landscape}?width=`,
        altText: "Two halves",
        baseSize: { width: 1040, height: 676 },
        actions: [
          {
            type: "uri",
            label: "The left half",
            linkUri: "https://example.com/",
            area: { x: 0, y: 0, width: 520, height: 676 }
          },
          { type: "message", text: "right", area: { x: 520, y: 0, width: 520, height: 338 } },
          { type: "clipboard", clipboardText: "code", area: { x: 520, y: 338, width: 520, height: 338 } }
        ]
      }),
      fromBot({
        type: "imagemap",
        baseUrl: `${portrait}?width=`,
        altText: "With a video",
        baseSize: { width: 1040, height: 1040 },
        video: {
          originalContentUrl: "https://bot.example/clip.mp4",
          previewImageUrl: landscape,
          area: { x: 0, y: 0, width: 1040, height: 585 },
          externalLink: { linkUri: "https://example.com/more", label: "See more" }
        },
        actions: [{ type: "message", text: "below", area: { x: 0, y: 585, width: 1040, height: 455 } }]
      }),
      fromBot({
        type: "imagemap",
        baseUrl: "https://bot.example/map",
        altText: "No image",
        baseSize: { width: 1040, height: 400 },
        actions: []
      })
    ]
  },
  {
    id: "templates",
    title: "Templates",
    messages: [
      fromBot({
        type: "template",
        altText: "Buttons",
        template: {
          type: "buttons",
          thumbnailImageUrl: landscape,
          imageAspectRatio: "rectangle",
          imageSize: "cover",
          imageBackgroundColor: "#FFFFFF",
          title: "Menu",
          text: "Please choose",
          defaultAction: uri,
          actions: [postback, picker, keyboard, uri]
        }
      }),
      fromBot({
        type: "template",
        altText: "Buttons",
        template: {
          type: "buttons",
          thumbnailImageUrl: portrait,
          imageAspectRatio: "square",
          imageSize: "contain",
          imageBackgroundColor: "#FFD2D2",
          text: "Square, contained, on a colour",
          actions: [timePicker, momentPicker, clipboard]
        }
      }),
      fromBot({
        type: "template",
        altText: "Confirm",
        template: {
          type: "confirm",
          text: "Are you sure that you want to cancel the reservation?",
          actions: [
            { type: "message", label: "Yes", text: "yes" },
            { type: "message", label: "No", text: "no" }
          ]
        }
      })
    ]
  },
  {
    id: "carousels",
    title: "Carousels of templates",
    messages: [
      fromBot({
        type: "template",
        altText: "Carousel",
        template: {
          type: "carousel",
          columns: [
            column({}),
            column({ title: "A longer walk", text: `${lorem.slice(0, 60)}`, defaultAction: uri }),
            column({ thumbnailImageUrl: missing })
          ]
        }
      }),
      fromBot({
        type: "template",
        altText: "Image carousel",
        template: {
          type: "image_carousel",
          columns: [
            { imageUrl: landscape, action: postback },
            { imageUrl: portrait, action: { type: "uri", uri: "https://example.com/" } },
            { imageUrl: missing, action: message }
          ]
        }
      }),
      fromBot({ type: "template", altText: "A template of tomorrow", template: { type: "wheel" } })
    ]
  },
  { id: "flex-restaurant", title: "Flex: a bubble with all blocks", messages: [flex(restaurant), flex(receipt)] },
  { id: "flex-shop", title: "Flex: placed absolutely", messages: [flex(ticket), flex(transit)] },
  {
    id: "flex-carousel",
    title: "Flex: carousels",
    messages: [
      flex({
        type: "carousel",
        contents: [
          progress("70%", "In Progress", "#27ACB2"),
          progress("30%", "Pending", "#FF6B6E"),
          progress("100%", "In Progress", "#A17DF5"),
          progress("10%", "Done", "#27ACB2")
        ]
      }),
      flex({
        type: "carousel",
        contents: [
          { ...restaurant, size: "micro" },
          {
            type: "bubble",
            size: "micro",
            body: box("vertical", [button({ ...uri, label: "See more" }, { flex: 1, gravity: "center" })])
          },
          {
            ...bubble(words("Right to left"), words("שלום", { align: "start" }), row("مرحبا", "5")),
            size: "micro",
            direction: "rtl"
          }
        ]
      })
    ]
  },
  {
    id: "flex-sizes",
    title: "Flex: sizes of bubbles",
    messages: sizes.map((size) =>
      flex({
        type: "bubble",
        size,
        header: box("vertical", [words("header")], {}),
        body: box("vertical", [words(size, { weight: "bold" })]),
        footer: box("vertical", [words("footer", { size: "xs", align: "center" })]),
        styles: {
          header: { backgroundColor: "#ffe9a8" },
          body: { separator: true, separatorColor: "#ff0000" },
          footer: { separator: true, backgroundColor: "#eef3ff" }
        }
      })
    )
  },
  {
    id: "flex-texts",
    title: "Flex: texts",
    messages: [
      flex(
        bubble(
          ...["xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl", "25px"].map((size) =>
            words(size, { size })
          )
        )
      ),
      flex(
        bubble(
          words(`No wrap: ${lorem}`),
          words(`Two lines: ${lorem}`, { wrap: true, maxLines: 2 }),
          words(`Spacing: ${lorem}`, { wrap: true, lineSpacing: "12px", size: "sm" }),
          words(`Shrinks to fit the width of the bubble`, { adjustMode: "shrink-to-fit", size: "xl" }),
          words("Underlined", { decoration: "underline", style: "italic", color: "#0b57d0" }),
          words("At the end", { align: "end" }),
          words("In the centre", { align: "center", weight: "bold" }),
          words("Two\nlines", { wrap: true }),
          words("A text to tap", { action: message, color: "#0b57d0" }),
          words("Scales with the app", { scaling: true }),
          {
            type: "text",
            wrap: true,
            decoration: "underline",
            contents: [
              { type: "span", text: "Closing", size: "xl", weight: "bold" },
              { type: "span", text: " the " },
              { type: "span", text: "distance", color: "#ff0000", decoration: "line-through", style: "italic" },
              { type: "span", text: " plain", decoration: "none" }
            ]
          }
        )
      )
    ]
  },
  {
    id: "flex-boxes",
    title: "Flex: boxes",
    messages: [
      flex(
        bubble(
          box("horizontal", [
            words("Hello", { color: "#008800", flex: 0 }),
            words(lorem, { wrap: true, size: "xs", color: "#ff0000", flex: 2 }),
            words(lorem, { wrap: true, size: "xs", color: "#0000ff", flex: 3 })
          ]),
          box("horizontal", [
            box("vertical", [words("1\n2\n3\n4\n5", { wrap: true })], { backgroundColor: "#c0c0c0" }),
            words("top", { gravity: "top" }),
            { type: "separator", color: "#ff0000" },
            words("center", { gravity: "center" }),
            { type: "separator", color: "#ff0000" },
            words("bottom", { gravity: "bottom" })
          ]),
          box("horizontal", [
            box("vertical", [words("1\n2\n3\n4\n5", { wrap: true })], { backgroundColor: "#c0c0c0" }),
            box("vertical", [
              { type: "separator", color: "#ff0000" },
              words("flex=2", { flex: 2 }),
              { type: "separator", color: "#ff0000" },
              words("flex=3", { flex: 3 }),
              { type: "separator", color: "#ff0000" }
            ])
          ]),
          ...["flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly"].map(
            (justifyContent) =>
              box("horizontal", [swatch("#00aaff"), swatch("#00cc88", { width: "20px" }), swatch("#ffaa00")], {
                justifyContent
              })
          ),
          ...["flex-start", "center", "flex-end"].map((alignItems) =>
            box(
              "horizontal",
              [swatch("#00aaff", { height: "50px" }), swatch("#00cc88"), swatch("#ffaa00", { height: "10px" })],
              { alignItems, spacing: "5px" }
            )
          )
        )
      ),
      flex(
        bubble(
          box("vertical", [words("REFERENCE\n1\n2\n3", { wrap: true, align: "center" })], {
            backgroundColor: "#80ffff"
          }),
          box("vertical", [words("moved")], {
            backgroundColor: "#ff8080",
            offsetTop: "10px",
            offsetStart: "40px",
            position: "relative"
          }),
          box("vertical", [words("Padding, border, corner")], {
            paddingTop: "20px",
            paddingAll: "10px",
            paddingStart: "40px",
            backgroundColor: "#ffd2d2",
            borderWidth: "bold",
            borderColor: "#aa0000",
            cornerRadius: "xl"
          }),
          box("vertical", [words("gradient", { color: "#ffffff", gravity: "center", flex: 1, align: "center" })], {
            height: "60px",
            background: {
              type: "linearGradient",
              angle: "45deg",
              startColor: "#ff0000",
              centerColor: "#0000ff",
              endColor: "#00aa00",
              centerPosition: "30%"
            }
          }),
          box("vertical", [words("80 % wide, and no more than 120 px")], {
            width: "80%",
            maxWidth: "120px",
            backgroundColor: "#d7ffd7"
          }),
          box("horizontal", [swatch("#00aaff", { width: "30%" }), swatch("#00cc88", { width: "70%" })]),
          box(
            "baseline",
            [
              words("small", { size: "sm", flex: 0 }),
              { type: "icon", url: star, size: "3xl" },
              words("BIG", { size: "3xl", flex: 0 }),
              words("rest", { size: "xs" })
            ],
            { spacing: "md" }
          ),
          box("horizontal", [words("A box to tap"), button(message, { height: "sm", style: "primary" })], {
            action: uri,
            backgroundColor: "#eef3ff",
            paddingAll: "md",
            cornerRadius: "md"
          })
        )
      )
    ]
  },
  {
    id: "flex-images",
    title: "Flex: images and buttons",
    messages: [
      flex(
        bubble(
          box(
            "horizontal",
            ["xxs", "xs", "sm"].map((size) => ({ type: "image", url: portrait, size })),
            { spacing: "sm" }
          ),
          {
            type: "image",
            url: portrait,
            size: "lg",
            aspectRatio: "3:2",
            aspectMode: "fit",
            backgroundColor: "#ffdddd",
            align: "start"
          },
          { type: "image", url: portrait, size: "50%", aspectRatio: "3:2", aspectMode: "cover", align: "end" },
          {
            type: "image",
            url: landscape,
            size: "full",
            aspectRatio: "3:1",
            aspectMode: "cover",
            action: message,
            animated: true
          },
          { type: "image", url: missing, size: "full", aspectRatio: "4:1" },
          box(
            "horizontal",
            [
              { type: "image", url: portrait, size: "60px", flex: 0 },
              { type: "image", url: portrait, size: "full", flex: 1, aspectRatio: "2:1", aspectMode: "cover" },
              words("beside", { gravity: "center" })
            ],
            { spacing: "md" }
          ),
          box("vertical", [{ type: "image", url: portrait, aspectMode: "cover", size: "full" }], {
            cornerRadius: "100px",
            width: "72px",
            height: "72px"
          })
        )
      ),
      flex(
        bubble(
          button(uri),
          button({ ...uri, label: "Link in a colour" }, { color: "#cc0000", height: "sm" }),
          button({ ...postback, label: "Primary" }, { style: "primary" }),
          button(
            { ...postback, label: "Primary, own colour, low" },
            { style: "primary", color: "#905c44", height: "sm" }
          ),
          button({ ...message, label: "Secondary" }, { style: "secondary" }),
          button({ ...picker, label: "Secondary, own colour" }, { style: "secondary", color: "#ffdd88", height: "sm" }),
          button({ ...message, label: "A label that is too long for one button" }, { style: "primary" }),
          button(
            { ...message, label: "A label that is too long, and shrinks" },
            { style: "primary", adjustMode: "shrink-to-fit" }
          ),
          box(
            "horizontal",
            [
              button({ ...uri, label: "Left" }, { style: "primary" }),
              button({ ...uri, label: "Right" }, { style: "secondary" })
            ],
            { spacing: "sm" }
          )
        )
      )
    ]
  },
  {
    id: "flex-video",
    title: "Flex: a video, and odd parts",
    messages: [
      flex({
        type: "bubble",
        size: "kilo",
        hero: {
          type: "video",
          url: "https://bot.example/clip.mp4",
          previewUrl: landscape,
          aspectRatio: "20:13",
          action: uri,
          altContent: { type: "image", url: landscape, size: "full", aspectRatio: "20:13", aspectMode: "cover" }
        },
        body: box("vertical", [words("A video that cannot be played shows its altContent", { wrap: true })])
      }),
      flex(bubble(words("Before"), { type: "chart", values: [1, 2] }, words("After"))),
      flex({ type: "book" }),
      flex({
        ...bubble(words("A bubble to tap"), button(message, { style: "primary", height: "sm" })),
        size: "kilo",
        action: uri
      })
    ]
  }
]
