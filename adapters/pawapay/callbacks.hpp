#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "adapters/pawapay/key_directory.hpp"
#include "api/ports/callbacks.hpp"

namespace pakashop::pawapay {

struct CallbackOptions {
    std::string webhook_secret;  ///< For callbacks with `X-Signature`; empty: none are taken.
    std::string public_url;      ///< How pawaPay calls us; empty: the Host header counts.
    /// Real time in seconds, for signatures.
    std::function<std::int64_t()> unix_now;
    /// Another time in seconds that signatures may carry: that of a clock which tests moved. None
    /// in production.
    std::function<std::int64_t()> moved_now{};
};

/// pawaPay's callbacks, by either signature (PAY-14, C-17). Safe from any thread.
class CallbackReader final : public api::Callbacks {
public:
    CallbackReader(CallbackOptions options, KeyDirectory& keys);
    Result<api::ProviderStatement, api::CallbackFault> read(const http::Request& request) override;

private:
    Result<void, api::CallbackFault> prove(const http::Request& request);
    std::string authority(const http::Request& request) const;

    CallbackOptions options_;
    KeyDirectory& keys_;
};

}  // namespace pakashop::pawapay
