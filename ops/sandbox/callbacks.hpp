/// Telling clients how it ended: which callback goes out when, how it is signed, and how often it
/// is tried again. Pure; callbacks_sender.hpp does the sending.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ops/sandbox/exchange.hpp"
#include "ops/sandbox/keys.hpp"
#include "ops/sandbox/ledger.hpp"

namespace pakashop::sandbox {

/// One attempt to be made now.
struct Delivery {
    std::int64_t number = 0;
    std::string entry;
    std::string kind;
    std::string url;
    std::string body;
    std::string signing;  ///< rfc9421, hmac or none.
    bool forged = false;
    /// Dates the signature. Wall-clock time, also when the sandbox's own clock was moved: whoever
    /// checks a signature does so by the machine's clock.
    Instant signed_at = 0;
};

/// What to sign callbacks with. Read only, so several senders may share it.
struct CallbackSecrets {
    PrivateKey signing_key;
    PrivateKey forger_key;       ///< Somebody else's: what forged callbacks are signed with.
    std::string webhook_secret;  ///< Empty: the HMAC mode is not to be had.
};

/// The headers of a delivery, its signature included: RFC 9421 under `sig-pp`, or
/// `X-Signature: <hex HMAC-SHA256 of the body>`, or nothing. A forged one carries the same headers
/// made with the wrong key.
[[nodiscard]] Fields delivery_headers(const Delivery& delivery, const CallbackSecrets& secrets);

/// Hands out what is due and keeps account of what is under way. A callback not answered with 200
/// is tried again after 0.5, 1, 2, 4, … at most 30 seconds, for 15 minutes; a forged one never.
class CallbackDesk {
public:
    /// At most this many are handed out and unanswered. Small: each look for work passes over them.
    static constexpr std::size_t under_way_max = 96;

    /// The deliveries whose time has come.
    [[nodiscard]] std::vector<Delivery> due(const Ledger& ledger, Instant now);

    /// Records what came of one: HTTP status, or 0 when there was no answer.
    void record(Ledger& ledger, const Delivery& delivery, int status, Instant now);

    /// When `due` has something to give again; nothing while it has not.
    [[nodiscard]] std::optional<Instant> next_due(const Ledger& ledger) const;

private:
    std::set<std::int64_t> under_way_;
};

/// When the next attempt is to be made after `attempts` failed ones; 0 when it is to be given up.
[[nodiscard]] Instant next_attempt(int attempts, Instant first_tried, Instant now);

}  // namespace pakashop::sandbox
