#pragma once

#include <string>
#include <variant>

#include "api/http/message.hpp"
#include "events/kernel/result.hpp"
#include "handlers/ports/mobile_money.hpp"

namespace pakashop::api {

using ProviderStatement = std::variant<DepositStatement, PayoutStatement, RefundStatement>;

enum class CallbackFault {
    signature,   ///< Not proven to be the provider's: nothing is read from it (PAY-16).
    unreadable,  ///< Proven, but not a statement we know (a 400 for the provider to look at).
    busy         ///< The provider's keys cannot be fetched now: it may call again (503).
};

/// Turns a provider's call into a statement, once its signature over the raw body was verified.
class Callbacks {
public:
    virtual ~Callbacks() = default;
    /// May fetch keys: call it on the pool. Safe from any thread.
    virtual Result<ProviderStatement, CallbackFault> read(const http::Request& request) = 0;
};

}  // namespace pakashop::api
