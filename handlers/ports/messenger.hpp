#pragma once

#include <string>

#include "events/record.hpp"
#include "handlers/ports/call_result.hpp"

/// Messages to people's phones as the reactors need them (WAP-02).
namespace pakashop {

/// The delivery PIN for its buyer. Secret: neither the text nor the PIN may reach a log.
struct PinMessage {
    std::string phone;  ///< E.164.
    std::string pin;
    OrderId order;
};

/// The provider's id of a message that it took.
struct MessageId {
    std::string value;
};

/// Implementations are safe from any thread, block for seconds at most, and send the trace along.
/// A message that is sent again arrives again: after Unknown nobody may assume it did not.
class Messenger {
public:
    virtual ~Messenger() = default;

    virtual CallResult<MessageId> send_pin(const PinMessage&, const Trace&) = 0;

    /// A harmless call: whether the provider answers at all.
    virtual bool answers() = 0;
};

}  // namespace pakashop
