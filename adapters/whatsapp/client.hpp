#pragma once

#include <functional>
#include <string>

#include "adapters/http/client.hpp"
#include "handlers/ports/messenger.hpp"

namespace pakashop::whatsapp {

/// How to reach the WhatsApp Business Cloud API, or the sandbox.
struct ClientOptions {
    std::string base_url;         ///< Without a version and without a slash at the end.
    std::string access_token;     ///< Secret.
    std::string phone_number_id;  ///< Ours, the sender's.
    std::string language = "en";  ///< Of the templates.
    int timeout_ms = 5'000;
    std::function<Result<HttpReply, HttpFailure>(const HttpCall&)> send = pakashop::send;
};

/// The WhatsApp Business Cloud API (providers.md 4). It has no idempotency key: whoever calls again
/// after Unknown may send a message twice. Safe from any thread.
class Client final : public Messenger {
public:
    explicit Client(ClientOptions options) : options_{std::move(options)} {}

    /// Template `delivery_pin` with the PIN and a short form of the order's id. An error with a
    /// code of Meta's was certainly not sent: Refused or, for the codes it documents as passing,
    /// TryLater.
    CallResult<MessageId> send_pin(const PinMessage& message, const Trace&) override;
    bool answers() override;

private:
    HttpCall prepare(std::string method, std::string path, const Trace&) const;

    ClientOptions options_;
};

/// The last eight characters of an order's id in two groups, `7K3M-09QX`: enough to tell one's
/// orders apart, and never six digits in a row, so that the PIN is the only such number.
std::string short_order_name(const OrderId& order);

}  // namespace pakashop::whatsapp
