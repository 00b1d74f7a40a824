"""The baseline: an echo bot as the README of line-bot-sdk shows one, on Flask.

It verifies and parses with the SDK's WebhookHandler and replies with its MessagingApi before it answers.
"""

from __future__ import annotations

import os

from flask import Flask, abort, request
from linebot.v3 import WebhookHandler
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, ReplyMessageRequest, TextMessage
from linebot.v3.webhooks import MessageEvent, PostbackEvent, TextMessageContent


def create_app() -> Flask:
    """The echo bot; LINE_CHANNEL_SECRET, LINE_CHANNEL_ACCESS_TOKEN and LINE_API_URL as the shop's."""
    app = Flask("echo")
    handler = WebhookHandler(os.environ["LINE_CHANNEL_SECRET"])
    configuration = Configuration(
        access_token=os.environ["LINE_CHANNEL_ACCESS_TOKEN"], host=os.environ["LINE_API_URL"]
    )

    @app.get("/readyz")
    def ready() -> str:
        return "OK"

    @app.post("/line/webhook")
    def webhook() -> str:
        body = request.get_data(as_text=True)
        try:
            handler.handle(body, request.headers["X-Line-Signature"])
        except InvalidSignatureError:
            abort(400)
        return "OK"

    def reply(token: str, text: str) -> None:
        with ApiClient(configuration) as client:
            message = TextMessage(text=text)
            answer = ReplyMessageRequest(reply_token=token, messages=[message])
            MessagingApi(client).reply_message_with_http_info(answer)

    @handler.add(MessageEvent, message=TextMessageContent)  # type: ignore[untyped-decorator]
    def echo_words(event: MessageEvent) -> None:
        reply(event.reply_token, event.message.text)

    @handler.add(PostbackEvent)  # type: ignore[untyped-decorator]
    def echo_tap(event: PostbackEvent) -> None:
        reply(event.reply_token, event.postback.data)

    return app
