/// The whole sandbox without its sockets, files and clock: calls, time and the results of
/// callbacks go in; replies, lines for the ledger file and callbacks to send come out. Not safe
/// for several threads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/sandbox/callbacks.hpp"
#include "ops/sandbox/exchange.hpp"
#include "ops/sandbox/ledger.hpp"
#include "ops/sandbox/pawapay.hpp"

namespace pakashop::sandbox {

/// What has to happen outside after a step. The lines must be on disk before the reply or any of
/// the deliveries leaves.
struct Output {
    std::vector<std::string> lines;
    std::vector<Delivery> deliveries;
};

class World {
public:
    /// `secrets` sign the callbacks; the world keeps them for its senders to share.
    World(const Defaults& defaults, std::shared_ptr<const CallbackSecrets> secrets);

    /// Takes over a line of the ledger file; false when it cannot be read.
    [[nodiscard]] bool replay(std::string_view line);

    /// Answers one call at a wall-clock time. What fell due until then has happened before it.
    [[nodiscard]] Reply handle(const Call& call, Instant wall);

    /// Lets happen what is due.
    void advance(Instant wall);

    /// Takes note of an attempt: HTTP status, or 0 when there was no answer.
    void record(const Delivery& delivery, int status, Instant wall);

    /// Everything new since the last call.
    [[nodiscard]] Output take_output(Instant wall);

    /// The wall-clock time of the next thing to happen by itself.
    [[nodiscard]] std::optional<Instant> next_due() const;

    [[nodiscard]] const Ledger& ledger() const { return ledger_; }
    [[nodiscard]] const std::shared_ptr<const CallbackSecrets>& secrets() const { return secrets_; }

private:
    [[nodiscard]] Instant now_at(Instant wall) const { return wall + ledger_.clock_offset_ms(); }
    [[nodiscard]] Reply route(const Desk& desk, const Call& call);
    void read_client_keys();

    Ledger ledger_;
    std::shared_ptr<const CallbackSecrets> secrets_;
    std::string public_pem_;
    CallbackDesk callbacks_;
    std::map<std::string, PublicKey, std::less<>> client_keys_;
    bool client_keys_known_ = false;  ///< Whether `client_keys_` is what the settings say.
};

}  // namespace pakashop::sandbox
