"""What can be set when the stand-in LINE platform is started."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class PlatformConfig:
    """Settings of one stand-in platform; all times in seconds.

    Redelivery is off as on a new LINE channel; the real number and spacing of redeliveries is not published.
    """

    webhook: str = ""
    secret: str = "stand-in-channel-secret"  # noqa: S105 - worthless outside this process
    token: str = "stand-in-channel-token"  # noqa: S105 - worthless outside this process
    shop_name: str = "示範商店"
    basic_id: str = "@000demo"
    bot_user_id: str = "U" + "b07" * 10 + "b0"
    validate: bool = True
    allow_http_loopback: bool = True
    quota_limit: int | None = 200
    reply_token_life: float = 60.0
    webhook_time_limit: float = 2.0
    webhook_threads: int = 8
    redelivery: bool = False
    redelivery_delays: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 60.0)
    state_file: str | None = None
    samples_are_friends: bool = True
