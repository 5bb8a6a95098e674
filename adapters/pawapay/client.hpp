#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/http/client.hpp"
#include "adapters/pawapay/keys.hpp"
#include "handlers/ports/mobile_money.hpp"

namespace pakashop::pawapay {

/// Our key for signed requests, and the id it is registered under.
struct RequestSigner {
    SigningKey key;
    std::string key_id;
};

/// How to reach pawaPay, or the sandbox: only these differ.
struct ClientOptions {
    std::string base_url;                         ///< Without `/v2` and without a slash at the end.
    std::string token;                            ///< Secret.
    std::shared_ptr<const RequestSigner> signer;  ///< Null: requests go out unsigned.
    std::string customer_message = "Pakashop order";  ///< 4–22 letters, digits, spaces.
    int timeout_ms = 8'000;
    /// Real time in seconds, for signatures.
    std::function<std::int64_t()> unix_now;
    std::function<Result<HttpReply, HttpFailure>(const HttpCall&)> send = pakashop::send;
};

/// The pawaPay Merchant API, version 2 (providers.md 1). Safe from any thread.
class Client final : public MobileMoney {
public:
    explicit Client(ClientOptions options) : options_{std::move(options)} {}

    /// A rejection at status 200, and a request that cannot be read, are refusals. Any error of the
    /// server is Unknown: the money may be on its way.
    CallResult<Acceptance> request_deposit(const DepositRequest&, const Trace&) override;
    CallResult<Acceptance> request_payout(const PayoutRequest&, const Trace&) override;
    CallResult<std::optional<DepositStatement>>
    find_deposit(std::string_view reference, const Trace&) override;
    CallResult<std::optional<PayoutStatement>> find_payout(std::string_view reference, const Trace&)
        override;
    bool answers() override;

    /// The key list for callbacks, as JSON; nothing when it cannot be had. For KeyDirectory.
    std::optional<std::string> public_keys();

private:
    CallResult<Acceptance> initiate(std::string_view path, std::string body, const Trace&);
    template <class Statement>
    CallResult<std::optional<Statement>>
    find(std::string_view path, std::string_view reference, const Trace&);
    HttpCall prepare(std::string method, std::string_view path, const Trace&) const;

    ClientOptions options_;
};

}  // namespace pakashop::pawapay
