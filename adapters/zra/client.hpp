#pragma once

#include <functional>
#include <string>

#include "adapters/http/client.hpp"
#include "handlers/ports/tax_authority.hpp"

namespace pakashop::zra {

/// How to reach the tax authority, or the sandbox. The credentials are secret.
struct ClientOptions {
    std::string base_url;  ///< Without a slash at the end.
    std::string api_key;
    std::string client_id;
    std::string client_secret;
    int timeout_ms = 8'000;
    std::function<Result<HttpReply, HttpFailure>(const HttpCall&)> send = pakashop::send;
};

/// The tax authority in the dialect of the seeds (ZRA-06, api.md "The sandbox"): invoices are
/// posted, taxpayers looked up. Safe from any thread.
class Client final : public TaxAuthority {
public:
    explicit Client(ClientOptions options) : options_{std::move(options)} {}

    /// 400, 409 and 422 are verdicts on the document. Wrong credentials, too many requests and
    /// errors of the authority itself are TryLater; a gateway that finds nobody behind it is
    /// NotSent.
    CallResult<TaxReceipt> transmit(std::string_view document, const Trace&) override;
    CallResult<std::optional<Taxpayer>> find_taxpayer(std::string_view tpin, const Trace&) override;
    bool answers() override;

private:
    HttpCall prepare(std::string method, std::string path, const Trace&) const;

    ClientOptions options_;
};

}  // namespace pakashop::zra
