"""What may go wrong with the bank, as one tree, drawn after what the caller has to do about it."""

from __future__ import annotations


class BankError(Exception):
    """Any failed call of the bank.

    BankError
    ├── BankConfigurationError  account, key, URL or the bank's allow-list is wrong: tell the merchant
    ├── BankRequestError        the bank does not accept a field we sent: our mistake, do not repeat
    ├── BankTemporaryError      nothing was done; repeat the same call later
    ├── BankOutcomeUnknown      the bank may have done it or not; ask OrderQuery before anything else
    ├── BankAnswerRefused       the answer is not believed; after OrderCreate or OrderMaintain, ask as above
    └── BankRefusal             the bank understood and says no; final for this request

    `code` is the bank's own (`E0403`), `HTTP 401` for one of its gateway, or "" when there is none.
    `text` is the bank's wording or ours; neither holds a secret or anything about a customer.
    """

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(f"{code}: {text}" if code else text)
        self.code = code
        self.text = text


class BankConfigurationError(BankError):
    """The account, a key, the URL or the bank's list of our addresses is wrong; a person must mend it."""


class BankRequestError(BankError):
    """A field of the request breaks the bank's rules: a mistake of the program."""


class BankTemporaryError(BankError):
    """The bank could not be reached or is busy, and nothing was done; repeat the same call later."""


class BankOutcomeUnknown(BankError):
    """An order may have been created or changed, or not. Ask OrderQuery for the same OrderNo first."""


class BankAnswerRefused(BankError):
    """The answer is forged, damaged or about something else. What was asked may have been done yet."""


class BankRefusal(BankError):
    """A sound business answer that says no, such as E3602 (a refund larger than the payment)."""
