"""One call of the bank over real sockets: nonces, failures, lost connections, proxies, the log."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs
from werkzeug.wrappers import Response

from dev.serve import Server
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.errors import (
    BankAnswerRefused,
    BankConfigurationError,
    BankError,
    BankOutcomeUnknown,
    BankRefusal,
    BankRequestError,
    BankTemporaryError,
)
from payments.sinopac.orders import (
    Command,
)
from tests.integration.sinopac_fake import (
    CREATED,
    KEY,
    KEY_ID,
    ORDER,
    SHOP,
    TOKEN,
    Answer,
    Begin,
    FakeBank,
    Street,
    Talk,
    account_of,
    as_json,
    failed,
    open_street,
)


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    with open_street() as street:
        yield street


@pytest.fixture
def talk(street: Street) -> Iterator[Callable[..., Talk]]:
    with ExitStack() as clients:

        def begin(*answers: Answer, time_limits: tuple[float, float] = (2, 5), **changes: Any) -> Talk:
            talk = street.open_bank(answers, time_limits, changes)
            clients.callback(talk.client.close)
            return talk

        yield begin


def test_the_key_is_stripped_and_goes_with_both_calls(talk: Begin) -> None:
    it = talk(CREATED, key_id=f" {KEY_ID}\n")
    it.client.create_order(ORDER)
    assert it.bank.heads == [
        ("/api/Nonce", KEY_ID, "application/json"),
        ("/api/Order", KEY_ID, "application/json"),
    ]


@pytest.mark.parametrize("code", ["E3001", "E3002", "E3003"])
@pytest.mark.parametrize("plain", [False, True])
def test_a_refused_nonce_is_replaced_once(talk: Begin, code: str, plain: bool) -> None:
    refusal: Answer = as_json(failed(code)) if plain else failed(code)
    it = talk(refusal, CREATED)
    assert it.client.create_order(ORDER).tsno == "BA002600000001"
    assert len(it.bank.nonces) == 2


def test_a_nonce_refused_twice_is_a_temporary_error(talk: Begin) -> None:
    it = talk(failed("E3003"))
    with pytest.raises(BankTemporaryError) as caught:
        it.client.create_order(ORDER)
    assert caught.value.code == "E3003"
    assert len(it.bank.questions) == 2


@pytest.mark.parametrize("plain", [200, 400, 500, None])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("E0000", BankConfigurationError),
        ("E0702", BankRequestError),
        ("E9900", BankTemporaryError),
        ("M0001", BankTemporaryError),
        ("E0302", BankOutcomeUnknown),
        ("E0304", BankOutcomeUnknown),
        ("E9999", BankOutcomeUnknown),
        ("E0403", BankRefusal),
    ],
)
def test_a_failure_is_told_by_its_code_sealed_or_plain(
    talk: Begin, code: str, kind: type[BankError], plain: int | None
) -> None:
    it = talk(failed(code) if plain is None else as_json(failed(code), plain))
    with pytest.raises(BankError) as caught:
        it.client.create_order(ORDER)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert len(it.bank.questions) == 1


def test_a_plain_success_is_not_believed(talk: Begin) -> None:
    it = talk(as_json(CREATED))
    with pytest.raises(BankOutcomeUnknown):
        it.client.create_order(ORDER)


@pytest.mark.parametrize(
    ("status", "asking", "ordering"),
    [
        (200, BankTemporaryError, BankOutcomeUnknown),
        (302, BankConfigurationError, BankConfigurationError),
        (400, BankRequestError, BankRequestError),
        (401, BankConfigurationError, BankConfigurationError),
        (403, BankConfigurationError, BankConfigurationError),
        (429, BankTemporaryError, BankTemporaryError),
        (499, BankConfigurationError, BankConfigurationError),
        (500, BankTemporaryError, BankOutcomeUnknown),
        (504, BankTemporaryError, BankOutcomeUnknown),
    ],
)
def test_the_gateways_errors_are_told_by_their_http_status(
    talk: Begin, status: int, asking: type[BankError], ordering: type[BankError]
) -> None:
    it = talk(lambda: Response("<html>9999", status, headers={"Location": "http://127.0.0.1:1/"}))
    with pytest.raises(BankError) as caught:
        it.client.query_order("C1")
    assert type(caught.value) is asking
    assert caught.value.code == f"HTTP {status}"
    with pytest.raises(BankError) as caught:
        it.client.create_order(ORDER)
    assert type(caught.value) is ordering


def test_a_failed_nonce_call_leaves_the_order_untouched(talk: Begin) -> None:
    it = talk(CREATED)
    for answer, kind in (
        (Response("busy", 503), BankTemporaryError),
        (as_json({"code": "9999"}, 401), BankConfigurationError),
        (as_json(failed("E0101")), BankConfigurationError),
        (as_json({"Nonce": None}), BankTemporaryError),
        (as_json(["Nonce"]), BankTemporaryError),
        (Response(b"\xff\xfe"), BankTemporaryError),
    ):
        it.bank.nonce_answer = lambda answer=answer: answer
        with pytest.raises(BankError) as caught:
            it.client.create_order(ORDER)
        assert type(caught.value) is kind
    assert it.bank.questions == []


def test_a_slow_answer_leaves_the_outcome_of_an_order_unknown(talk: Begin) -> None:
    def slow() -> Response:
        time.sleep(0.6)
        return Response()

    it = talk(slow, time_limits=(2, 0.2))
    with pytest.raises(BankOutcomeUnknown):
        it.client.create_order(ORDER)
    with pytest.raises(BankOutcomeUnknown):
        it.client.maintain_order("C1", Command.REFUND)
    with pytest.raises(BankTemporaryError):
        it.client.query_order("C1")


def test_a_connection_lost_in_the_answer_leaves_the_outcome_of_an_order_unknown(talk: Begin) -> None:
    it = talk(Response(b"{", headers={"Content-Length": "99"}))
    with pytest.raises(BankOutcomeUnknown):
        it.client.create_order(ORDER)
    with pytest.raises(BankTemporaryError):
        it.client.query_order("C1")


def _unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_refused_connection_is_temporary_because_nothing_was_sent() -> None:
    client = SinopacClient(account_of(f"http://127.0.0.1:{_unused_port()}/api"))
    with pytest.raises(BankTemporaryError, match="no connection"):
        client.create_order(ORDER)
    client.close()


def test_a_proxy_that_is_not_there_is_temporary_and_its_password_is_not_told() -> None:
    proxy = f"http://user:very-secret@127.0.0.1:{_unused_port()}"
    client = SinopacClient(account_of("https://bank.invalid/api", proxy_url=proxy))
    with pytest.raises(BankTemporaryError, match="proxy") as caught:
        client.create_order(ORDER)
    client.close()
    assert "very-secret" not in str(caught.value) + repr(caught.value.__cause__)


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    """An https address whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "impostor.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as plain:
                context.wrap_socket(plain, server_side=True).close()

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}/api"
        thread.join(timeout=5)


def test_a_certificate_nobody_vouches_for_is_a_matter_of_configuration(impostor: str) -> None:
    client = SinopacClient(account_of(impostor))
    with pytest.raises(BankConfigurationError, match="certificate"):
        client.create_order(ORDER)
    client.close()


def test_both_calls_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    bank = FakeBank(CREATED)
    paths: list[str] = []

    def proxy(environ: Any, start_response: Any) -> Any:
        paths.append(environ["RAW_URI"])
        return bank(environ, start_response)

    monkeypatch.setenv("NO_PROXY", "*")
    with Server(proxy) as server:
        client = SinopacClient(account_of("http://127.0.0.1:9/api", proxy_url=server.url))
        assert client.create_order(ORDER).tsno == "BA002600000001"
        client.close()
    assert paths == ["http://127.0.0.1:9/api/Nonce", "http://127.0.0.1:9/api/Order"]


def test_the_environment_cannot_send_calls_another_way(talk: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{_unused_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert talk(CREATED).client.create_order(ORDER).tsno == "BA002600000001"


def test_a_call_is_one_log_line_without_fields_keys_or_tokens(talk: Begin) -> None:
    it = talk({**CREATED, "PayToken": "b" * 64})
    with capture_logs() as lines, pytest.raises(BankAnswerRefused):
        it.client.query_payment(TOKEN)
    assert [(line["service"], line["code"], line["http_status"]) for line in lines] == [
        ("Nonce", "S0000", 200),
        ("OrderPayQuery", "S0000", 200),
    ]
    assert all(
        set(line) == {"event", "log_level", "service", "code", "http_status", "milliseconds"}
        for line in lines
    )


def test_a_lost_call_is_logged_too() -> None:
    client = SinopacClient(account_of(f"http://127.0.0.1:{_unused_port()}/api"))
    with capture_logs() as lines, pytest.raises(BankTemporaryError):
        client.fetch_nonce()
    client.close()
    assert [(line["service"], line["code"], line["http_status"]) for line in lines] == [
        ("Nonce", "BankTemporaryError", None)
    ]


def test_an_account_keeps_its_secrets_out_of_its_repr() -> None:
    account = account_of("https://bank.example/api/", proxy_url="http://user:word@proxy.example:1")
    assert account.api_url == "https://bank.example/api"
    assert not any(secret in repr(account) for secret in (KEY, KEY_ID, "word"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"key_id": ""}, "key_id"),
        ({"key_id": "a\nb"}, "key_id"),
        ({"key_id": "é"}, "key_id"),
        ({"shop_no": " "}, "shop_no"),
        ({"api_url": "http://api.sinopac.com/api"}, "api_url"),
    ],
)
def test_a_wrong_account_is_named_without_its_value(changes: dict[str, str], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must"):
        account_of(**{"url": "https://bank.example/api", **changes})


def test_an_account_is_made_from_the_four_hash_values() -> None:
    account = SinopacAccount.from_hash_values(
        SHOP,
        a1="4D9709D699CA40EE",
        a2="5A4FEF83140C4E9E",
        b1="BC74301945134CB4",
        b2="961F67F8FCA44AB9",
        key_id=KEY_ID,
        api_url="https://bank.example/api",
    )
    assert account.hash_id == KEY
