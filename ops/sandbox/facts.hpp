/// Everything the sandbox remembers, as facts: one fact is one line of its ledger file. Restarting
/// is applying the lines again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ops/sandbox/amount.hpp"
#include "ops/sandbox/exchange.hpp"

namespace pakashop::sandbox {

/// What will become of a transaction that is not final, and how it is told.
struct Plan {
    Instant at = 0;                ///< When the next change is due; 0: it stays as it is for ever.
    std::string status;            ///< The status it then takes: COMPLETED, FAILED or REVERSED.
    std::string failure_code;      ///< With FAILED and REVERSED.
    Instant visible_from = 0;      ///< Before this, a status query says NOT_FOUND.
    std::int64_t reverse_ms = -1;  ///< This long after COMPLETED the money goes back; -1: never.
    std::int64_t callback_ms = 0;  ///< The callback leaves this long after the change.
    int callback_copies = 1;       ///< 0: no callback.
    bool forged = false;           ///< The callback lies and its signature is not ours.
    bool yields = false;           ///< The callback lets the next one overtake it.
};

/// One movement of money as the provider sees it. Recorded whole at each change.
struct Entry {
    std::string id;  ///< The caller's UUID.
    std::string provider = "pawapay";
    std::string kind;  ///< deposit, payout or refund.
    Ngwee amount = 0;  ///< What the provider really moved.
    std::string currency = "ZMW";
    std::string phone;          ///< Digits only.
    std::string operator_code;  ///< MTN_MOMO_ZMB, AIRTEL_OAPI_ZMB or ZAMTEL_ZMB.
    std::string status;         ///< ACCEPTED ENQUEUED COMPLETED FAILED REVERSED.
    std::string failure_code;
    std::string client_reference;
    std::string parent;  ///< A refund's deposit.
    std::string customer_message;
    std::string metadata;  ///< A JSON object as text; empty when none was sent.
    std::string provider_transaction_id;
    Instant created_at = 0;
    Instant final_at = 0;  ///< 0 while open.
    std::int64_t callbacks_sent = 0;
    Plan plan;
};

/// A callback that has to be delivered. Replaced whole when it is put off.
struct Callback {
    std::int64_t number = 0;  ///< Unique and rising within one ledger.
    std::string entry;
    std::string kind;  ///< Of the entry: it decides the URL.
    std::string body;  ///< The same at every attempt.
    Instant due = 0;
    Instant first_tried = 0;  ///< 0 before the first attempt.
    int attempts = 0;
    bool forged = false;
    bool yields = false;
};

/// What came of one attempt to deliver a callback.
struct CallbackTried {
    std::int64_t number = 0;
    std::string entry;
    Instant at = 0;
    Instant next_due = 0;  ///< 0: delivered, or given up.
};

/// A tax document received, with its receipt. Recorded whole at each repeat.
struct Invoice {
    std::string tpin;
    std::string number;
    std::string kind = "INVOICE";  ///< or CREDIT_NOTE.
    std::string body;              ///< The JSON received.
    Ngwee total = 0;
    std::string vsdc_number;
    std::int64_t receipt_number = 0;
    std::string receipt_signature;
    std::string qr_code_url;
    Instant received_at = 0;
    std::int64_t received = 1;  ///< How many times this very document has arrived.
};

/// A message handed over for delivery.
struct Message {
    std::string id;
    std::string channel;
    std::string to;
    std::string template_name;  ///< Empty for free text.
    std::vector<std::string> parameters;
    std::string text;
    Instant at = 0;
};

/// A client's key for signed requests.
struct ClientKey {
    std::string key_id;
    std::string pem;
};

/// What `PUT /sandbox/config` has set; absent parts stay as the command line says.
struct SettingsChanged {
    std::optional<std::string> deposit_url;
    std::optional<std::string> payout_url;
    std::optional<std::string> refund_url;
    std::optional<std::string> flutterwave_url;
    std::optional<std::int64_t> delay_ms;
    std::optional<std::string> signing;  ///< rfc9421, hmac or none.
    std::optional<std::vector<ClientKey>> client_keys;
};

/// A misbehaviour on request.
struct Rule {
    std::int64_t number = 0;
    std::string provider;
    std::string operation;
    std::string behaviour;
    std::int64_t times = 1;  ///< How often it fires at most.
    std::int64_t fired = 0;
    std::string phone;  ///< Digits; empty matches all, as the next two do.
    std::string tpin;
    std::string id;
    std::int64_t ms = -1;  ///< -1: the behaviour's own default.
};

/// A rule has done its work once more.
struct RuleFired {
    std::int64_t number = 0;
};

/// Rules are gone: those of one (provider, operation, behaviour), or all when these are empty.
struct RulesCleared {
    std::string provider;
    std::string operation;
    std::string behaviour;
};

/// The sandbox's clock runs this far ahead of the wall clock.
struct ClockMoved {
    std::int64_t offset_ms = 0;
};

/// Ledger, messages, invoices, rules and pending callbacks are empty again; settings and clock
/// stay.
struct Reset {};

using Fact = std::variant<
    Entry,
    Callback,
    CallbackTried,
    Invoice,
    Message,
    SettingsChanged,
    Rule,
    RuleFired,
    RulesCleared,
    ClockMoved,
    Reset>;

/// One line without its newline. Stored: names in it never change.
[[nodiscard]] std::string encode(const Fact& fact);

/// The fact of a line; nothing when the line is not one of ours.
[[nodiscard]] std::optional<Fact> decode(std::string_view line);

}  // namespace pakashop::sandbox
